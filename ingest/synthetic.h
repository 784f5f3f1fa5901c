#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/file_event.h"

namespace sluice::ingest {

struct SyntheticOptions {
  std::uint64_t seed = 1;
  std::uint32_t users = 5'000;
  std::uint32_t items = 3'000;                        // at the start
  double events_per_second = 500;                     // of the stream's own time
  Timestamp start = from_unix_ms(1'704'067'200'000);  // 2024-01-01T00:00:00Z
  std::uint32_t events_per_new_item = 250;            // a new item arrives after about so many events
  std::uint32_t events_per_trend = 4'000;             // a burst of interest begins after about so many events
  std::uint32_t events_per_drift = 40;                // a user's taste moves after about so many own events
};

// An endless made-up stream of people and films, with what makes real streams hard and worth learning from:
//   - items belong to clusters, interest in a cluster's items falls like Zipf's law;
//   - a user likes three clusters, stays with one of them for a session, follows an item by its companions,
//     returns to items had before, and drifts: a liked cluster moves to a neighbouring one;
//   - items arrive all the time, many of them soon among the most wanted, and the least wanted are forgotten;
//   - trends: for some thousand events one item draws users of all tastes;
//   - types: view, like, purchase, and skip for what was outside the taste.
// The same options give the same stream on every platform: integers alone decide. Not thread-safe.
class SyntheticStream {
 public:
  explicit SyntheticStream(const SyntheticOptions& options);

  [[nodiscard]] FileEvent next();

  // A title for an item of any such stream, "Harbour Lights (1987)"; its words tell the cluster. Empty for an
  // id that is not of this kind.
  [[nodiscard]] std::string title(std::string_view item) const;
  [[nodiscard]] std::string category(std::string_view item) const;  // "sea", "space", ...

 private:
  struct User {
    std::vector<std::uint32_t> clusters;  // liked, best first
    std::vector<std::uint32_t> history;   // latest items' numbers, oldest first, bounded
  };
  struct Session {
    std::uint32_t user = 0;
    std::uint32_t cluster = 0;
    std::uint32_t events_left = 0;
  };
  struct Trend {
    std::uint32_t item = 0;
    std::uint32_t events_left = 0;
  };

  std::uint64_t draw();
  std::uint32_t below(std::uint32_t bound);
  bool chance(std::uint32_t percent) { return below(100) < percent; }
  std::uint32_t zipf(std::uint32_t count);

  void add_item(bool at_start);
  void advance_world();
  void begin_session(Session& session);
  struct Choice {
    std::uint32_t item = 0;
    std::string_view type;
  };
  Choice choose(const Session& session, const User& user);
  std::string_view positive_type();
  std::uint32_t item_of_cluster(std::uint32_t cluster) { return pick(clusters_[cluster]); }
  std::uint32_t pick(const std::vector<std::uint32_t>& most_wanted_first);
  std::uint32_t companion(std::uint32_t item);

  SyntheticOptions options_;
  std::uint64_t state_;
  std::uint64_t mean_gap_us_;
  std::uint64_t elapsed_us_ = 0;
  std::uint32_t items_made_ = 0;
  std::vector<std::vector<std::uint32_t>> clusters_;  // items' numbers, most wanted first; never empty
  std::size_t max_items_per_cluster_;
  std::vector<User> users_;
  std::vector<Session> sessions_;
  Trend trend_;
};

}  // namespace sluice::ingest
