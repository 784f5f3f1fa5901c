#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sink/redis_connection.h"
#include "support/checker.h"
#include "support/run_program.h"
#include "support/service_fixture.h"

// Faults of the process and of what it is given.
namespace sluice::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

class ServiceFault : public ServiceTest {
 protected:
  ServiceFault() : sender_(cluster_.bootstrap_servers()) {}

  [[nodiscard]] bool all_committed(const SluiceService& service) const {
    const auto all = static_cast<std::int64_t>(sender_.produced().size());
    return wait_until([&] { return service.sum("committed.") == all; }, seconds{40});
  }
  void expect_whole(const ServiceSetup& settings) const {
    const Checker checker(settings, sender_.produced());
    checker.check_commits();
    checker.check_state(Checker::Prefix::whole);
    checker.check_dead_letters("events.dead");
    EXPECT_GT(check_lists(redis_->url()), 0U);
  }

  EventSender sender_;
};

void limit_descriptors(pid_t pid, rlim_t most) {
  rlimit limit{};
  ASSERT_EQ(::prlimit(pid, RLIMIT_NOFILE, nullptr, &limit), 0);
  limit.rlim_cur = most;
  ASSERT_EQ(::prlimit(pid, RLIMIT_NOFILE, &limit, nullptr), 0);
}

TEST_F(ServiceFault, WithoutFileDescriptorsItGoesOnLearningAndRecoversWhenThereAreSome) {
  const ServiceSetup settings = quick_setup();
  SluiceService service(settings);
  service.start();
  sender_.send_mixture(0, 1000, 100, 50);
  ASSERT_TRUE(all_committed(service));
  rlimit before{};
  ASSERT_EQ(::prlimit(service.pid(), RLIMIT_NOFILE, nullptr, &before), 0);
  limit_descriptors(service.pid(), 3);  // those that are open stay open
  sender_.send_mixture(1000, 1000, 100, 50);
  EXPECT_TRUE(wait_until([&] { return service.sum("applied.") == 2000; }));
  EXPECT_TRUE(wait_until([&] { return service.number("errors.snapshot") > 0; }));
  EXPECT_LT(service.sum("committed."), 2000) << "nothing is committed that is not durable";
  const std::uint16_t port = redis_->port();
  redis_->kill();
  redis_ = start_redis(port);
  std::this_thread::sleep_for(milliseconds{500});  // no new connection can be made meanwhile
  EXPECT_TRUE(service.status().empty());
  limit_descriptors(service.pid(), before.rlim_cur);
  EXPECT_TRUE(all_committed(service));
  EXPECT_TRUE(wait_until([&] { return service.number("redis_data_losses") > 0; }));
  EXPECT_TRUE(wait_until([&] {
    return service.number("to_republish") == 0 && service.number("dirty") == 0 &&
           service.number("pending") == 0;
  }));
  EXPECT_GT(service.number("errors.redis_retry"), 0);
  EXPECT_EQ(service.stop(), 0);
  expect_whole(settings);
}

TEST_F(ServiceFault, ASecondSigtermEndsItAtOnceAndTheNextStartLosesNothing) {
  ServiceSetup settings = quick_setup();
  SluiceService service(settings);
  service.start();
  sender_.send_mixture(0, 2000, 100, 50);
  ASSERT_TRUE(wait_until([&] { return service.number("snapshots") > 0; }));
  sender_.send_mixture(2000, 2000, 100, 50);
  redis_->send_signal(SIGSTOP);  // a stop in good order would wait for it
  cluster_.stop_broker();
  const auto begin = std::chrono::steady_clock::now();
  service.send_signal(SIGTERM);
  std::optional<int> code;
  // Two signals on one another's heels may be taken for one.
  EXPECT_TRUE(wait_until([&] {
    service.send_signal(SIGTERM);
    code = service.wait_for_exit(milliseconds{50});
    return code.has_value();
  }));
  EXPECT_EQ(code, 7);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds{2} * kPatience);
  redis_->send_signal(SIGCONT);
  cluster_.start_broker();
  service.start();
  EXPECT_TRUE(all_committed(service));
  EXPECT_EQ(service.stop(), 0);
  expect_whole(settings);
}

TEST_F(ServiceFault, ClocksThatJumpAreCountedAndListsStayWhole) {
  const ServiceSetup settings = quick_setup();
  SluiceService service(settings);
  service.start();
  sender_.send(make_events(0, 2000, 100, 50));
  const auto send_at = [&](const std::string& time) {
    sender_.send_raw("u1", R"({"user":"u1","item":"i1","timestamp":)" + time + "}");
  };
  send_at("0");              // the epoch, as a clock without a battery has it
  send_at("7258118400000");  // 2200: cut to shortly after the record's own time
  send_at("4102444800000");  // 2100
  send_at("7258118400001");  // no time of an event any more: dead letters
  send_at("-1");
  send_at("1e300");
  sender_.flush();
  sender_.send(make_events(2000, 2000, 100, 50));
  EXPECT_TRUE(wait_until([&] { return service.sum("applied.") == 4006; }));
  EXPECT_EQ(service.number("clamped"), 2);
  EXPECT_EQ(service.number("dead.bad_timestamp"), 3);
  EXPECT_TRUE(wait_until([&] { return service.number("dirty") == 0 && service.number("pending") == 0; }));
  EXPECT_EQ(check_lists(redis_->url()), 100U);
  EXPECT_EQ(service.stop(), 0);
}

TEST_F(ServiceFault, NumbersThatAreNoneOrHugeNeverReachAList) {
  const ServiceSetup settings = quick_setup();
  SluiceService service(settings);
  service.start();
  sender_.send(make_events(0, 1000, 100, 50));
  const std::vector<std::string> values = {"NaN",     "Infinity", "-Infinity", "1e999",    "-1e999", "1e300",
                                           "1000001", "1e6",      "-1e6",      "4.9e-324", "-0.0"};
  for (const std::string& value : values) {
    sender_.send_raw("u2", R"({"user":"u2","item":"i2","value":)" + value + R"(,"timestamp":1700000900000})");
  }
  sender_.flush();
  const auto all = static_cast<std::int64_t>(sender_.produced().size());
  EXPECT_TRUE(wait_until([&] { return service.sum("applied.") == all; }));
  EXPECT_TRUE(wait_until([&] { return service.number("dirty") == 0 && service.number("pending") == 0; }));
  EXPECT_EQ(service.number("dead.not_json"), 3);
  EXPECT_EQ(service.number("dead.bad_value"), 4) << "infinite, or beyond a million";
  EXPECT_GT(check_lists(redis_->url()), 0U);
  EXPECT_EQ(service.stop(), 0);
}

TEST_F(ServiceFault, SecretsAreInNoOutput) {
  constexpr const char* kSecret = "hunter2";
  const auto connection = sink::RedisConnection::connect(redis_options());
  ASSERT_TRUE(connection.ok());
  ASSERT_TRUE(connection.value()->run({"CONFIG", "SET", "requirepass", "right"}).ok());
  ServiceSetup settings = setup();
  settings.redis_url.replace(0, std::string("redis://").size(), std::string("redis://:") + kSecret + "@");
  settings.overrides = {{"log_level", "debug"},
                        {"kafka.properties.sasl.password", kSecret},
                        {"kafka.properties.sasl.username", "user"},
                        {"kafka.properties.sasl.mechanism", "PLAIN"},
                        {"kafka.properties.security.protocol", "sasl_plaintext"},
                        {"kafka.properties.ssl.key.password", kSecret}};
  SluiceService service(settings);
  service.start();
  EXPECT_EQ(service.wait_for_exit(seconds{20}), 4) << "the mock cluster takes no logins";
  EXPECT_THAT(service.log(), HasSubstr("it refused the login"));
  EXPECT_THAT(service.log(), Not(HasSubstr(kSecret)));

  const std::string file = settings.folder / "a.json";
  for (const std::vector<std::string>& command : {std::vector<std::string>{"check-config", file},
                                                  {"check-config", file, "--print"},
                                                  {"status", "--config", file},
                                                  {"status", "--config", file, "--json"},
                                                  {"lookup", "--config", file, "--user", "u1"}}) {
    std::vector<std::string> whole = {sluice_binary()};
    whole.insert(whole.end(), command.begin(), command.end());
    for (const char* const bad : {"", "redis.pipeline_depth=many", "redis.url=redis://:hunter2@host:port",
                                  "kafka.properties.sasl.pasword=hunter2"}) {
      std::vector<std::string> asked = whole;
      if (*bad != '\0') asked.insert(asked.end(), {"--set", bad});
      const ProgramResult result = run_program(asked, {{"SLUICE_REDIS_PASSWORD", kSecret}});
      if (command.front() == "lookup" && *bad == '\0') {
        EXPECT_THAT(result.err, HasSubstr("WRONGPASS")) << "the error that is to hide it";
      }
      EXPECT_THAT(result.out + result.err, Not(HasSubstr(kSecret))) << command.front() << " " << bad;
    }
  }
}

}  // namespace
}  // namespace sluice::test
