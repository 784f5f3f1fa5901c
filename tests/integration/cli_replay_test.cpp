// `sluice replay` by the real binary, into a mock cluster that this test hosts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "cli/exit_codes.h"
#include "common/json.h"
#include "ingest/mock_cluster.h"
#include "kafka/topic_reader.h"
#include "support/run_program.h"
#include "support/sluice_service.h"

namespace sluice::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

class CliReplay : public testing::Test {
 protected:
  CliReplay() { cluster_.create_topic("events", kPartitions); }

  [[nodiscard]] test::ProgramResult replay(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {test::sluice_binary(), "replay"});
    arguments.insert(arguments.end(), {"--brokers", cluster_.bootstrap_servers(), "--topic", "events"});
    return test::run_program(arguments);
  }
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    const std::string path = folder_.path() / name;
    std::ofstream(path) << text;
    return path;
  }

  static constexpr int kPartitions = 4;
  ingest::MockCluster cluster_;
  test::TemporaryFolder folder_;
};

TEST_F(CliReplay, sends_every_event_of_a_file_keyed_by_its_user) {
  const auto file =
      write("events.csv", "timestamp_ms,user,item,value,type\n1000,u,i,1,view\n2000,v,j,2,like\n");
  const auto result = replay({"--events", file});
  EXPECT_EQ(result.exit_code, kDone) << result.err;
  EXPECT_EQ(result.out, "2 events delivered\n");
  const auto records = tests::read_topic(cluster_.bootstrap_servers(), "events", kPartitions, 2);
  ASSERT_EQ(records.size(), 2u);
  for (const auto& record : records) {
    const auto event = json::parse(record.payload.value());
    EXPECT_EQ(event["user"], record.key.value());
    EXPECT_EQ(event["timestamp"], event["user"] == "u" ? 1000 : 2000);
  }
}

TEST_F(CliReplay, makes_up_as_many_events_as_asked_for) {
  const auto result = replay({"--synthetic", "--limit", "500"});
  EXPECT_EQ(result.exit_code, kDone) << result.err;
  EXPECT_EQ(tests::read_topic(cluster_.bootstrap_servers(), "events", kPartitions, 500).size(), 500u);
}

TEST_F(CliReplay, a_damaged_file_is_exit_code_5_after_what_was_good) {
  const auto file =
      write("events.csv", "timestamp_ms,user,item,value,type\n1000,u,i,1,view\nsoon,v,j,2,like\n");
  const auto result = replay({"--events", file});
  EXPECT_EQ(result.exit_code, kNoData);
  EXPECT_EQ(result.out, "1 events delivered\n");
  EXPECT_THAT(result.err, HasSubstr("line 3"));
}

TEST_F(CliReplay, a_missing_file_is_exit_code_4) {
  const auto result = replay({"--events", folder_.path() / "none.csv"});
  EXPECT_EQ(result.exit_code, kEnvironment);
  EXPECT_THAT(result.out, IsEmpty());
}

TEST_F(CliReplay, an_interrupted_one_delivers_what_it_sent) {
  const std::string command = "exec " + test::sluice_binary() +
                              " replay --synthetic --rate 100 --topic events --brokers " +
                              cluster_.bootstrap_servers();
  // In the foreground, else timeout sends the signal twice, and the second may end the program at once.
  const auto result =
      test::run_program({"/usr/bin/timeout", "--foreground", "--signal=TERM", "2", "/bin/sh", "-c", command});
  EXPECT_THAT(result.out, HasSubstr(" events delivered, stopped\n")) << result.err;
}

}  // namespace
}  // namespace sluice::cli
