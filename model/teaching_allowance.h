#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "model/user_table.h"

namespace sluice::model {

// How much one user teaches all others: so many events at once, and as many again in each day after. What
// goes beyond enters the user's own history only. It follows from the user's own events and their times
// alone, so that a replay decides the same whatever stood between them; a late event brings nothing back.
class TeachingAllowance {
 public:
  explicit TeachingAllowance(std::uint32_t a_day) : a_day_(static_cast<float>(a_day)) {}

  // The events of a group that teach: the first `count` of them.
  struct Lessons {
    std::size_t count = 0;
    float used = 0;  // of the allowance, before them
    bool limited = true;

    // What the k-th of them counts for the weights of the blend, which all lists share: the less the more its
    // user taught lately, for who does always the same is a sure gain for wrong weights.
    [[nodiscard]] float blend_share(std::size_t k) const {
      constexpr float kHalf = 20;  // events after which one counts half
      if (!limited) return 1;
      return kHalf / (kHalf + used + static_cast<float>(k));
    }
  };

  // Books `events` more of the user at that time, as far as they fit. To be called before the user's
  // last_event moves on.
  [[nodiscard]] Lessons take(User& user, Timestamp time, std::size_t events) const {
    if (a_day_ == 0) return {events, 0, false};
    constexpr float kDay = std::chrono::duration<float>(std::chrono::days(1)).count();
    const std::chrono::duration<float> passed = time - user.last_event;
    if (passed.count() > 0) user.taught = std::max(0.0F, user.taught - passed.count() / kDay * a_day_);
    const auto room = static_cast<std::size_t>(std::max(0.0F, a_day_ - user.taught));
    const Lessons lessons{std::min(events, room), user.taught};
    user.taught += static_cast<float>(lessons.count);
    return lessons;
  }

 private:
  float a_day_;  // 0: without a limit
};

}  // namespace sluice::model
