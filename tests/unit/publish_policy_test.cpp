#include "pipeline/publish_policy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <random>
#include <string>

#include "model/moment.h"
#include "pipeline/rank_schedule.h"
#include "sink/live_list.h"

namespace sluice::pipeline {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

config::PublishOptions options() {
  config::PublishOptions options;
  options.linger = milliseconds{50};
  options.max_age = seconds{10};
  options.active_window = seconds{60};
  options.idle_max_age = seconds{100};
  options.idle_window = seconds{1000};
  return options;
}

Timestamp at(double s) {
  return from_unix_ms(1'000'000 + std::llround(s * 1000));
}

TEST(UserWrites, AListFollowsTheFirstUnansweredEventByTheLinger) {
  const PublishPolicy policy(options());
  UserWrites writes;
  EXPECT_EQ(writes.last(policy, at(0)), std::nullopt);
  writes.event(policy, at(0));
  writes.event(policy, at(0.04));
  EXPECT_EQ(writes.last(policy, at(0.049)), std::nullopt);
  EXPECT_EQ(writes.last(policy, at(0.05)), at(0.05));
  EXPECT_EQ(writes.last(policy, at(9)), at(0.05));
  writes.event(policy, at(9));
  EXPECT_EQ(writes.last(policy, at(9.01)), at(0.05));
  EXPECT_EQ(writes.last(policy, at(9.06)), at(9.05));
}

TEST(UserWrites, ActiveUsersAreRefreshedOftenIdleOnesSeldomAndThoseWhoAreGoneNot) {
  const PublishPolicy policy(options());
  UserWrites writes;
  writes.event(policy, at(0));
  EXPECT_EQ(writes.last(policy, at(25)), at(20.05));
  EXPECT_EQ(writes.last(policy, at(65)), at(50.05));
  EXPECT_EQ(writes.last(policy, at(149)), at(50.05));
  EXPECT_EQ(writes.last(policy, at(151)), at(150.05));
  EXPECT_EQ(writes.last(policy, at(90'000)), at(950.05));
}

// The same policy, event by event, as UserRanker carries it out when it has time for everything.
class Simulation {
 public:
  explicit Simulation(const PublishPolicy& policy) : policy_(policy) {}

  void event(Timestamp now) {
    run_until(now);
    last_event_ = now;
    schedule_.mark_dirty(0, on_clock(now), now);
  }
  std::optional<Timestamp> last(Timestamp now) {
    run_until(now);
    return made_;
  }

 private:
  static RankSchedule::Clock::time_point on_clock(Timestamp t) {
    return RankSchedule::Clock::time_point{} + t.time_since_epoch();
  }
  static Timestamp off_clock(RankSchedule::Clock::time_point t) {
    return Timestamp{std::chrono::duration_cast<milliseconds>(t.time_since_epoch())};
  }
  void run_until(Timestamp now) {
    while (true) {
      if (const auto since = schedule_.oldest_dirty()) {
        const Timestamp due = off_clock(*since) + policy_.linger;
        if (due > now) return;
        make(due);
      } else if (const auto fresh = schedule_.oldest_fresh()) {
        const Timestamp due = off_clock(*fresh) + policy_.max_age;
        if (due > now) return;
        if (policy_.is_active(last_event_, due)) {
          make(due);
        } else {
          schedule_.retire(0);
        }
      } else if (const auto idle = schedule_.oldest_idle()) {
        const Timestamp due = off_clock(*idle) + policy_.idle_max_age;
        if (due > now) return;
        if (policy_.is_gone(last_event_, due)) return schedule_.forget(0);
        make(due);
      } else {
        return;
      }
    }
  }
  void make(Timestamp now) {
    made_ = now;
    schedule_.mark_fresh(0, on_clock(now));
  }

  PublishPolicy policy_;
  RankSchedule schedule_{RankSchedule::Clock::time_point{}};
  Timestamp last_event_{};
  std::optional<Timestamp> made_;
};

TEST(UserWrites, AreThoseOfTheSchedule) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const PublishPolicy policy(options());
  for (int user = 0; user < 200; ++user) {
    UserWrites writes;
    Simulation simulation(policy);
    double now = 0;
    for (int k = 0; k < 40; ++k) {
      now += std::round(100 * std::pow(10.0, std::uniform_real_distribution<double>(-1.9, 3)(random))) / 100;
      ASSERT_EQ(writes.last(policy, at(now)), simulation.last(at(now))) << "user " << user << ", at " << now;
      if (random() % 3 == 0) continue;
      writes.event(policy, at(now));
      simulation.event(at(now));
    }
  }
}

TEST(LiveContext, IsTheOneOfTheModel) {
  const Timestamp last = from_unix_ms(1'718'000'000'000);
  for (std::uint64_t events = 0; events < 40; ++events) {
    for (const std::int64_t pause_ms : {0, 1'799'999, 1'800'000, 86'399'999, 86'400'000, 900'000'000}) {
      const Timestamp now = last + milliseconds{pause_ms};
      const auto context = model::context_of(events, static_cast<std::uint32_t>(pause_ms / 1000));
      const std::uint32_t history = model::history_part(events);
      EXPECT_EQ(model::context_of_part(history, last, now), context);
      EXPECT_EQ(sink::live_context(history, last, now), context);
      EXPECT_LT(context, sink::kLiveContexts);
    }
  }
  EXPECT_EQ(model::kContexts, sink::kLiveContexts);
}

}  // namespace
}  // namespace sluice::pipeline
