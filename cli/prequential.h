#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "cli/cpu_clock.h"
#include "cli/published_lists.h"
#include "cli/recommender.h"
#include "config/options.h"

namespace sluice::cli {

// Sums over scored events; divide by `scored`.
struct RankSums {
  std::uint64_t scored = 0;
  std::uint64_t hits10 = 0;
  std::uint64_t hits20 = 0;
  double reciprocal20 = 0;  // 1 / rank up to 20
  double dcg100 = 0;        // 1 / log2(rank + 1) up to 100

  // rank from 1; 0: the item could not be ranked.
  void add(std::uint64_t rank);
  [[nodiscard]] double mean(double sum) const { return scored == 0 ? 0 : sum / static_cast<double>(scored); }
};

// Sums over the errors of predicted values.
struct ErrorSums {
  std::uint64_t predicted = 0;
  double squares = 0;
  double absolutes = 0;

  void add(double error);
  [[nodiscard]] double rmse() const;
  [[nodiscard]] double mae() const;
};

// Sums over all scored events, and over each twentieth of the scored part of the stream.
struct CurveSums : RankSums {
  static constexpr std::size_t kWindows = 20;

  std::array<RankSums, kWindows> windows;

  void add(std::size_t window, std::uint64_t rank);
};

// What an evaluation found.
struct PrequentialFigures {
  std::uint64_t events = 0;
  std::uint64_t users = 0;
  std::uint64_t items = 0;
  CurveSums blend;
  RankSums new_users;
  // With Options::published: the list made at the moment of the event, and what the reader saw. `blend`,
  // `new_users` and `curve` are then of the latter, merged or not as asked.
  struct Published {
    RankSums requested;
    RankSums merged;
    RankSums unmerged;
  };
  std::optional<Published> published;
  ErrorSums errors;  // where values are predicted
  std::map<std::string, CurveSums> parts;
  double coverage10 = 0;
  double novelty10 = 0;
  double learn_cpu_seconds = 0;
  double lists_per_second = 0;  // see Recommender::Counts
  std::optional<double> candidates_recall10;
};

// Prequential (test, then learn) evaluation of the model or of a baseline, as model.ranker says (Gama,
// Sebastiao, Rodrigues: "Issues in Evaluation of Stream Learning Algorithms", KDD 2009). All events of one
// user at one timestamp are scored before any of them is learned; ranks are taken among all items seen so
// far, ties against us.
class Prequential {
 public:
  struct Options {
    config::Options config;         // ranking.repeats, seed, ...
    int shards = 1;                 // users are hashed to them; epochs end as in the service
    std::uint64_t score_every = 1;  // score the events whose index is a multiple
    double warm_up = 0.1;           // share of the events, from the start, that is not scored
    bool published = false;         // score what lies in Redis then; only for the service's model
    bool merge = true;              // with `published`: after merging the live list
  };
  // One event as the stream has it, after filtering. A control event is carried out where it stands, and
  // neither learned nor scored.
  struct Event {
    std::string user;
    std::string item;
    float weight;  // negative: learned, never scored
    float value;
    Timestamp time;
    bool has_value = true;
    std::optional<ingest::Control::Kind> control = std::nullopt;  // `time` is then that of a retracted event
  };
  // Called for each scored event: its index, its rank (0: a miss for not being known).
  using OnScored = std::function<void(std::uint64_t index, std::uint64_t rank)>;

  explicit Prequential(const Options& options, OnScored on_scored = {});

  // The whole stream, in time order. `progress` is called now and then with the figures so far (scoring ones
  // only) and the number of events done; returning false ends the run early.
  using Progress = std::function<bool(const PrequentialFigures&, std::uint64_t done)>;
  [[nodiscard]] PrequentialFigures run(std::span<const Event> events, const Progress& progress = {});

 private:
  using Indices = std::vector<std::uint64_t>;

  void evaluate_timestamp(std::span<const Event> events, std::uint64_t first, std::uint64_t last);
  void score(std::span<const Event> events, const Indices& group);
  void score_event(const Event& event, std::uint64_t index, const Ranking& ranking);
  void expect_lists(std::span<const Event> events);
  // The rank among what the reader saw, of which `requested` was the rank when asked for at that moment.
  [[nodiscard]] std::uint64_t published_rank(const Event& event, std::uint64_t requested);
  [[nodiscard]] std::vector<Indices> groups_of(std::span<const Event> events, std::uint64_t first,
                                               std::uint64_t last) const;
  void predict_value(const Event& event);
  void note_top_ten(const Ranking& ranking);
  [[nodiscard]] bool is_scored(const Event& event, std::uint64_t index) const;
  [[nodiscard]] bool is_scored(std::span<const Event> events, const Indices& group) const;
  void learn(std::span<const Event> events, const Indices& group);

  Options options_;
  OnScored on_scored_;
  std::unique_ptr<Recommender> recommender_;
  std::unique_ptr<PublishedLists> lists_;  // with Options::published
  PublishedLists::Shown shown_;            // to the group that is scored
  PrequentialFigures figures_;
  CpuClock learn_clock_;  // runs on from event to event and is paused only for what does not count
  std::uint64_t first_scored_ = 0;
  std::uint64_t total_ = 0;
  double novelty_sum_ = 0;
  std::uint64_t novelty_count_ = 0;
  std::vector<char> in_some_top_ten_;                             // by the item's number
  double least_value_ = std::numeric_limits<double>::infinity();  // seen so far
  double greatest_value_ = -std::numeric_limits<double>::infinity();
  std::vector<Recommender::Line> lines_;
};

}  // namespace sluice::cli
