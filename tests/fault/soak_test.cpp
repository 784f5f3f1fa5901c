#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "sink/redis_connection.h"
#include "support/checker.h"
#include "support/list_watcher.h"
#include "support/process_size.h"
#include "support/service_fixture.h"

namespace sluice::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kUsers = 300;

// Events without end, and a fault every few seconds: in the first half of the time also such as end the
// process, in the second half only such as it lives through, so that what it holds can be watched. Now and
// then a calm moment in which everything must come right. SLUICE_SOAK_SECONDS: for how long.
class Soak : public ServiceTest {
 protected:
  Soak() : sender_(cluster_.bootstrap_servers()), service_(settings_) {}

  void TearDown() override {
    if (!HasFailure()) return;
    constexpr std::ptrdiff_t kTold = 10;
    const auto first = struck_.end() - std::min(kTold, std::ssize(struck_));
    for (auto fault = first; fault != struck_.end(); ++fault)
      std::printf("before the end: %s\n", fault->c_str());
  }

  static seconds duration() {
    const char* const wanted = std::getenv("SLUICE_SOAK_SECONDS");
    return seconds{wanted == nullptr ? 240 : std::atoi(wanted)};
  }

  void pause(milliseconds at_least, milliseconds at_most) {  // the moment is the point, not a condition
    std::uniform_int_distribution<milliseconds::rep> time(at_least.count(), at_most.count());
    std::this_thread::sleep_for(milliseconds{time(random_)});
  }
  void fail(Api api, rd_kafka_resp_err_t error, std::size_t times) {
    cluster_.fail_requests(api, std::vector<rd_kafka_resp_err_t>(times, error));
  }
  void flush_redis() const {
    auto connection = sink::RedisConnection::connect(redis_options());
    if (connection.ok()) static_cast<void>(connection.value()->run({"FLUSHALL"}));
  }

  struct Fault {
    const char* name;
    std::function<void()> strike;
  };
  [[nodiscard]] std::vector<Fault> faults_it_lives_through() {
    return {
        {"Redis killed",
         [this] {
           const std::uint16_t port = redis_->port();
           redis_->kill();
           pause(milliseconds{100}, milliseconds{1500});
           redis_ = start_redis(port);
         }},
        {"Redis stopped",
         [this] {
           redis_->send_signal(SIGSTOP);
           pause(milliseconds{300}, milliseconds{3000});
           redis_->send_signal(SIGCONT);
         }},
        {"Redis flushed", [this] { flush_redis(); }},
        {"broker down",
         [this] {
           begin_outage();
           pause(milliseconds{300}, milliseconds{4000});
           end_outage();
         }},
        {"broker slow",
         [this] {
           cluster_.set_round_trip(milliseconds{300});
           pause(milliseconds{500}, milliseconds{2000});
           cluster_.set_round_trip(milliseconds{0});
         }},
        {"fetches cut", [this] { fail(Api::fetch, RD_KAFKA_RESP_ERR__TRANSPORT, 3); }},
        {"offset out of range", [this] { fail(Api::fetch, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, 1); }},
        {"commits refused", [this] { fail(Api::offset_commit, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, 2); }},
        {"session lost", [this] { fail(Api::heartbeat, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, 1); }},
        {"service stopped",
         [this] {
           service_.send_signal(SIGSTOP);
           pause(milliseconds{300}, milliseconds{4000});
           service_.send_signal(SIGCONT);
         }},
    };
  }
  [[nodiscard]] std::vector<Fault> faults_that_end_it() {
    return {{"kill -9",
             [this] {
               service_.kill();
               checker_.check_commits();
               if (has_snapshot(settings_)) checker_.check_state(Checker::Prefix::any);
               service_.start();
             }},
            {"SIGTERM", [this] {
               EXPECT_EQ(service_.stop(), 0);
               checker_.check_state(Checker::Prefix::any);
               service_.start();
             }}};
  }

  void send_until(const std::stop_token& stop) {
    constexpr std::size_t kAtATime = 15;
    for (std::size_t sent = 0; !stop.stop_requested(); sent += kAtATime) {
      sender_.send_mixture(sent, kAtATime, kUsers, 200);
      std::this_thread::sleep_for(milliseconds{50});
    }
  }
  // What was sent by now is applied, and all lists lie in Redis.
  void expect_all_comes_right() {
    const auto sent = static_cast<std::int64_t>(sender_.produced().size());
    EXPECT_TRUE(wait_until([&] { return service_.sum("applied.") >= sent; }, seconds{40}))
        << service_.sum("applied.") << " of " << sent << " applied";
    EXPECT_TRUE(wait_until([&] { return service_.number("to_republish") == 0; }, seconds{40}));
    EXPECT_GT(check_lists(redis_->url()), 0U);
  }

  const ServiceSetup settings_ = quick_setup();
  EventSender sender_;
  SluiceService service_;
  Checker checker_{settings_, sender_.produced()};
  std::mt19937 random_;
  std::vector<std::string> struck_;  // faults, in order
};

std::size_t median(std::vector<std::size_t> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

// How much more there is in the last third of the samples than in the first.
std::ptrdiff_t growth(const std::vector<ProcessSize>& samples, std::size_t ProcessSize::*what) {
  std::vector<std::size_t> values;
  for (const ProcessSize& sample : samples) values.push_back(sample.*what);
  const auto third = static_cast<std::ptrdiff_t>(values.size() / 3);
  return static_cast<std::ptrdiff_t>(median({values.end() - third, values.end()})) -
         static_cast<std::ptrdiff_t>(median({values.begin(), values.begin() + third}));
}

TEST_F(Soak, RandomFaultsEveryFewSecondsLoseNothingDoubleNothingAndLeakNothing) {
  const auto seed = static_cast<unsigned>(Clock::now().time_since_epoch().count());
  SCOPED_TRACE("seed " + std::to_string(seed));
  random_.seed(seed);
  const ListWatcher watcher(redis_->url(), kUsers);
  service_.start();
  std::jthread sending([this](const std::stop_token& stop) { send_until(stop); });
  ASSERT_TRUE(wait_until([&] { return service_.number("snapshots") > 0; }));

  const Clock::time_point begin = Clock::now();
  std::vector<ProcessSize> sizes;
  constexpr int kFaultsBetweenCalms = 5;
  for (int number = 1; Clock::now() < begin + duration() && !HasFailure(); ++number) {
    std::vector<Fault> faults = faults_it_lives_through();
    const bool watching = Clock::now() > begin + duration() / 2;
    if (!watching) std::ranges::move(faults_that_end_it(), std::back_inserter(faults));
    const Fault& fault = faults[random_() % faults.size()];
    SCOPED_TRACE(fault.name);
    struck_.emplace_back(fault.name);
    fault.strike();
    pause(milliseconds{500}, milliseconds{3000});
    if (number % kFaultsBetweenCalms != 0) continue;
    expect_all_comes_right();
    if (watching) sizes.push_back(size_of(service_.pid()));
  }

  sending.request_stop();
  sending.join();
  expect_all_comes_right();
  EXPECT_TRUE(wait_until([&] { return service_.number("dirty") == 0 && service_.number("pending") == 0; }));
  EXPECT_EQ(service_.number("lost_records"), 0);
  EXPECT_EQ(service_.stop(), 0);
  checker_.check_commits();
  checker_.check_state(Checker::Prefix::whole);
  checker_.check_dead_letters("events.dead");
  EXPECT_THAT(watcher.violations(), testing::IsEmpty());

  std::map<std::string, int> times_of;
  for (const std::string& name : struck_) ++times_of[name];
  for (const auto& [name, times] : times_of) std::printf("%4d times %s\n", times, name.c_str());
  ASSERT_GE(sizes.size(), 3U) << "too short to tell whether it grows";
  for (const auto& [resident_kib, descriptors] : sizes) {
    std::printf("%zu KiB resident, %zu descriptors\n", resident_kib, descriptors);
  }
  constexpr std::ptrdiff_t kNoise = 2;  // connections that are made anew just then
  EXPECT_LE(growth(sizes, &ProcessSize::descriptors), kNoise);
  EXPECT_LE(growth(sizes, &ProcessSize::resident_kib), 8 * 1024);
}

}  // namespace
}  // namespace sluice::test
