// What the service says about itself while Kafka and Redis come and go: --check, /readyz and the log.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "sink/http_get.h"
#include "sink/redis_connection.h"
#include "sink/unique_fd.h"
#include "support/run_program.h"
#include "support/service_fixture.h"

namespace sluice::test {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

// Nobody listens on it, just now.
std::uint16_t free_port() {
  const sink::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) return 0;
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

class Health : public ServiceTest {
 protected:
  Health()
      : listen_("0.0.0.0:" + std::to_string(free_port())), settings_(quick_setup()), service_(settings()) {}

  [[nodiscard]] ServiceSetup settings() {
    settings_.overrides["http.listen"] = listen_;
    return settings_;
  }
  // `sluice status --check`, the way the image's health check calls it with --own.
  [[nodiscard]] ProgramResult check(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> command = {sluice_binary(),
                                        "status",
                                        "--check",
                                        "--config",
                                        (folder_.path() / "a.json").string(),
                                        "--set",
                                        "http.listen=" + listen_};
    command.insert(command.end(), more.begin(), more.end());
    return run_program(command);
  }
  [[nodiscard]] std::string readiness() const {
    const auto answer = sink::http_get(listen_, "/readyz", seconds{5});
    return answer ? std::to_string(answer.value().status) + " " + answer.value().body : answer.error();
  }
  [[nodiscard]] bool becomes_ready() const {
    return wait_until([&] { return readiness() == "200 ok\n"; });
  }
  [[nodiscard]] bool says(const std::string& part) const {
    return wait_until([&] { return readiness().find(part) != std::string::npos; });
  }
  void redis_command(std::initializer_list<std::string_view> command) const {
    auto connection = sink::RedisConnection::connect(redis_options());
    ASSERT_TRUE(connection.ok());
    ASSERT_TRUE(connection.value()->run(command).ok());
  }

  const std::string listen_;
  ServiceSetup settings_;
  SluiceService service_;
};

TEST_F(Health, AQuietStreamIsHealthyForLongerThanThreeIntervalsOfSnapshots) {
  EventSender(cluster_.bootstrap_servers()).send(make_events(0, 100, 10, 10));
  service_.start();  // with a snapshot every second
  ASSERT_TRUE(wait_until([&] { return service_.sum("committed.") == 100; }));
  const std::int64_t quiet_since = service_.number("updated_at_ms");
  ASSERT_TRUE(wait_until([&] { return service_.number("updated_at_ms") > quiet_since + 3500; }));
  EXPECT_EQ(service_.number("snapshot_age_ms"), 0);
  EXPECT_EQ(check().out, "healthy\n");
}

TEST_F(Health, KafkaAwayIsToldByTheCheckTheReadinessAndTheLogAndSoIsItsReturn) {
  service_.start();
  ASSERT_TRUE(becomes_ready()) << readiness();
  begin_outage();
  EXPECT_TRUE(says("has had no answer from Kafka for ")) << readiness();
  EXPECT_THAT(readiness(), testing::StartsWith("503 "));
  EXPECT_TRUE(wait_until([&] { return service_.status()["kafka"] == "away"; }));
  const auto all = check();
  EXPECT_EQ(all.exit_code, 1);
  EXPECT_THAT(all.out, HasSubstr("instance a has had no answer from Kafka for "));
  EXPECT_THAT(check({"--own"}).out, HasSubstr("instance a has had no answer from Kafka for "));
  end_outage();
  EXPECT_TRUE(becomes_ready()) << readiness();
  EXPECT_EQ(check({"--own"}).out, "healthy\n");
  EXPECT_TRUE(wait_until([&] { return times(service_.log(), "Kafka is back after") == 1; }));
  EXPECT_EQ(times(service_.log(), "Kafka is away"), 1U);
  EXPECT_EQ(service_.stop(), 0);
}

TEST_F(Health, AContainersCheckAsksItsOwnProcessAndTellsAFullRedisFromNone) {
  redis_command({"SADD", "sluice:instances", "died-an-hour-ago"});
  service_.start();
  ASSERT_TRUE(becomes_ready()) << readiness();
  EXPECT_EQ(check({"--own"}).out, "healthy\n");
  ASSERT_TRUE(wait_until([&] {
    return service_.status()["state"] == "running" && service_.status().contains("applied.events.1");
  }));
  EXPECT_EQ(check().out, "healthy\n") << "a sibling that died is not missed while all partitions are read";

  redis_command({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_TRUE(says("has been refused by Redis")) << readiness();
  EXPECT_THAT(check({"--own"}).out, HasSubstr("OOM command not allowed"));
  redis_command({"DEL", "sluice:status:a"});  // as it would be in five seconds
  EXPECT_THAT(check().out, HasSubstr("Redis takes no writes, so it cannot hold a status: OOM"));
  EXPECT_TRUE(wait_until([&] { return times(service_.log(), "refuses: OOM") == 1; })) << service_.log();
  EXPECT_THAT(service_.log(), HasSubstr("Raise Redis's maxmemory"));
  redis_command({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_TRUE(becomes_ready()) << readiness();

  redis_->kill();
  EXPECT_TRUE(says("has had no Redis")) << readiness();
  const auto away = check({"--own"});
  EXPECT_EQ(away.exit_code, 1);
  EXPECT_THAT(away.out, HasSubstr("instance a has had no Redis for "));
  EXPECT_THAT(away.out, Not(HasSubstr("sign of life")));
  EXPECT_TRUE(wait_until([&] { return times(service_.log(), "Redis is away") == 1; })) << service_.log();
  service_.kill();
  EXPECT_THAT(check({"--own"}).out, HasSubstr("instance a does not answer at 127.0.0.1"));
}

TEST_F(Health, TheLogSaysWhatIsWrongWithRedisAndWhatToDo) {
  redis_command({"CONFIG", "SET", "requirepass", "right"});
  service_.start();
  EXPECT_TRUE(says("NOAUTH")) << readiness();
  EXPECT_TRUE(wait_until([&] { return times(service_.log(), "refuses: NOAUTH") == 1; })) << service_.log();
  EXPECT_THAT(service_.log(), HasSubstr("SLUICE_REDIS_PASSWORD"));
}

}  // namespace
}  // namespace sluice::test
