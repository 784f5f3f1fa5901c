#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/types.h"
#include "ingest/decoder.h"

namespace sluice::cli {

// What a user could be offered at a moment. Items stand at places, which mean nothing beyond this moment.
struct Ranking {
  bool known_user = false;
  std::vector<float> scores;  // by place; -infinity: not ranked
  std::vector<char>
      ranked;  // by place: takes part; 0: without events so far, or had and repeats are excluded
  std::vector<std::vector<float>> columns;  // each signal's scores, by place
};

// What Prequential evaluates: the service's model, a baseline, or a predictor of values. One thread.
class Recommender {
 public:
  struct Line {
    std::string item;
    float weight;  // signed, not 0
    std::optional<float> value;
  };
  struct Counts {
    std::uint64_t users = 0;
    std::uint64_t items = 0;
    // By CPU time: everybody's list, as the service would make it then, one after the other. 0: makes none.
    double lists_per_second = 0;
    // Of a sample of the users: the share of their ten best items of the whole catalogue that their lists,
    // made from candidates, hold. Nothing: makes no lists.
    std::optional<double> candidates_recall10 = std::nullopt;
  };

  virtual ~Recommender() = default;

  // Names of the columns of a ranking.
  [[nodiscard]] virtual std::span<const std::string> columns() const = 0;
  // Called before each group, in time order.
  virtual void advance_to(Timestamp now) = 0;
  // All items, as the user would have been offered them; valid until the next call.
  [[nodiscard]] virtual const Ranking& rank(const std::string& user, Timestamp now) = 0;
  // The place of an item that has had events, in the last ranking.
  [[nodiscard]] virtual std::optional<std::size_t> place_of(const std::string& item) const = 0;
  // A number of the item at that place that stays its own, and its events so far.
  [[nodiscard]] virtual std::uint32_t number_at(std::size_t place) const = 0;
  [[nodiscard]] virtual std::uint64_t events_at(std::size_t place) const = 0;
  // The value that the user's event on the item will have; nothing, if values are not predicted.
  [[nodiscard]] virtual std::optional<float> predict(const std::string& user, const std::string& item,
                                                     Timestamp now) = 0;
  // `first_index`: of the group's first event in the stream.
  virtual void learn(const std::string& user, Timestamp now, std::span<const Line> lines,
                     std::uint64_t first_index) = 0;
  // As the service carries it out.
  virtual void carry_out(const ingest::Control& control) = 0;
  // At the end.
  [[nodiscard]] virtual Counts finish() = 0;
};

}  // namespace sluice::cli
