#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <memory>

#include "cli/recommender.h"
#include "model/baselines/baseline.h"

namespace sluice::cli {

// A baseline with all that the protocol needs around it: names, events by item, items had by user.
class BaselineRecommender : public Recommender {
 public:
  BaselineRecommender(std::unique_ptr<baselines::Baseline> baseline, bool exclude_repeats);

  [[nodiscard]] std::span<const std::string> columns() const override { return {}; }
  void advance_to(Timestamp) override {}
  [[nodiscard]] const Ranking& rank(const std::string& user, Timestamp now) override;
  [[nodiscard]] std::optional<std::size_t> place_of(const std::string& item) const override;
  [[nodiscard]] std::uint32_t number_at(std::size_t place) const override {
    return static_cast<std::uint32_t>(place);
  }
  [[nodiscard]] std::uint64_t events_at(std::size_t place) const override { return events_[place]; }
  [[nodiscard]] std::optional<float> predict(const std::string& user, const std::string& item,
                                             Timestamp now) override;
  void learn(const std::string& user, Timestamp now, std::span<const Line> lines,
             std::uint64_t first_index) override;
  // Baselines know no taking back: their figures are those of the events alone.
  void carry_out(const ingest::Control&) override {}
  [[nodiscard]] Counts finish() override { return {users_.size(), items_.size()}; }

 private:
  using Numbers = absl::flat_hash_map<std::string, std::uint32_t>;

  std::unique_ptr<baselines::Baseline> baseline_;
  bool exclude_repeats_;
  Numbers users_;
  Numbers items_;
  std::vector<std::uint64_t> events_;                                  // by item
  std::vector<absl::flat_hash_set<baselines::ItemNumber>> items_had_;  // by user, where repeats are excluded
  Ranking ranking_;
  std::vector<baselines::Line> lines_;
};

}  // namespace sluice::cli
