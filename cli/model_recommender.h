#pragma once

#include "cli/cpu_clock.h"
#include "cli/recommender.h"
#include "config/options.h"
#include "model/live_document.h"
#include "model/model.h"

namespace sluice::cli {

// The very model that the service runs. Users are hashed to its shards, and epochs end as in the service.
class ModelRecommender : public Recommender {
 public:
  ModelRecommender(const config::Options& options, int shards);

  [[nodiscard]] std::span<const std::string> columns() const override { return model_.columns(); }
  void advance_to(Timestamp now) override;
  [[nodiscard]] const Ranking& rank(const std::string& user, Timestamp now) override;
  [[nodiscard]] std::optional<std::size_t> place_of(const std::string& item) const override;
  [[nodiscard]] std::uint32_t number_at(std::size_t place) const override;
  [[nodiscard]] std::uint64_t events_at(std::size_t place) const override;
  [[nodiscard]] std::optional<float> predict(const std::string&, const std::string&, Timestamp) override {
    return std::nullopt;
  }
  void learn(const std::string& user, Timestamp now, std::span<const Line> lines,
             std::uint64_t first_index) override;
  void carry_out(const ingest::Control& control) override;
  [[nodiscard]] Counts finish() override;

  // As the service publishes them. Nothing: the user is not known.
  [[nodiscard]] std::optional<model::LiveDocument> document(const std::string& user, Timestamp now,
                                                            std::size_t shown, std::size_t kept);
  [[nodiscard]] model::LiveDocument popular_document(Timestamp now, std::size_t shown, std::size_t kept);
  [[nodiscard]] model::LiveLists live_lists(Timestamp now, std::size_t entries);

 private:
  void merge();
  [[nodiscard]] double measure_lists();
  [[nodiscard]] std::vector<model::UserRef> sample_users(int index, std::uint32_t most);
  [[nodiscard]] std::uint64_t rank_users(model::Shard& shard, std::span<const model::UserRef> users,
                                         CpuClock& clock);
  [[nodiscard]] std::optional<double> recall_candidates();
  [[nodiscard]] std::uint64_t count_listed(std::span<const model::CatalogueScan::Best> best) const;

  int shards_;
  config::EpochOptions epoch_;
  bool exclude_repeats_;
  std::size_t shown_;  // of a list, and further ones for merging, as the service has them
  std::size_t kept_;
  model::Model model_;
  Timestamp epoch_began_ = Timestamp::max();
  Ranking ranking_;
  std::vector<model::Line> lines_;
  model::RankedList ranked_;
  std::array<model::LiveRanking, model::kContexts> live_;
};

}  // namespace sluice::cli
