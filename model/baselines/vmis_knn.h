#pragma once

#include <array>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/baselines/baseline.h"
#include "model/baselines/popularity_ties.h"

namespace sluice::baselines {

// Session neighbours: VMIS-kNN of Kersbergen, Sprangers, Schelter: "Serenade - Low-Latency Session-Based
// Recommendation in e-Commerce at Scale", SIGMOD 2022, with the index kept up to date event by event. A
// session is a user's events without a long pause; the user's present session is held against others that
// share an item with it, the most recent ones of each item. The similarity of a session is the sum over
// shared items of position / length of the present session; the most similar ones vote for their items with
// similarity * (1 - 0.1 * steps back to the last shared item) * ln(sessions / sessions with the item). Ties,
// and users without a present session, by popularity.
class VmisKnn : public Baseline {
 public:
  static constexpr std::array<ParameterInfo, 4> kParameters = {
      {{"pause_minutes", 30, 1, 1e9, "without an event, ends a session"},
       {"neighbours", 100, 1, 100'000, "sessions that vote: k"},
       {"recent", 500, 1, 1'000'000, "latest sessions that are looked at for each item: m"},
       {"session_items", 20, 1, 10'000, "items of the present session that count, the latest"}}};

  explicit VmisKnn(const Values& values);
  void learn(const Group& group) override;
  void score(UserNumber user, Timestamp now, std::span<float> scores) override;

 private:
  using SessionNumber = std::uint32_t;
  struct Session {
    Timestamp last_event;
    std::vector<ItemNumber> items;  // distinct, the latest last
  };
  struct Neighbour {
    double similarity = 0;
    std::size_t steps_back = 0;  // to the latest item that both have, from 1
  };
  static constexpr SessionNumber kNone = ~SessionNumber{0};

  [[nodiscard]] SessionNumber present_session(UserNumber user, Timestamp now) const;
  void find_neighbours(SessionNumber own);

  std::chrono::milliseconds pause_;
  std::size_t neighbours_;
  std::size_t recent_;
  std::size_t session_items_;
  std::vector<Session> sessions_;
  std::vector<SessionNumber> latest_;                    // by user
  std::vector<std::vector<SessionNumber>> sessions_of_;  // by item, in the order of first takes
  std::unordered_map<SessionNumber, Neighbour> similar_;
  std::vector<std::pair<SessionNumber, Neighbour>> nearest_;
  PopularityTies ties_;
};

}  // namespace sluice::baselines
