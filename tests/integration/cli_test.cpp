#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/exit_codes.h"
#include "support/run_program.h"

namespace sluice::cli {
namespace {

using test::ProgramResult;
using test::run_program;
using test::sluice_binary;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// A folder that is gone when the test is over.
class Cli : public testing::Test {
 protected:
  Cli() {
    std::string name = testing::TempDir() + "sluice-cli-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~Cli() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    const std::string path = folder_ / name;
    std::ofstream(path) << text;
    return path;
  }
  static ProgramResult sluice(std::vector<std::string> arguments,
                              const std::map<std::string, std::string>& variables = {}) {
    arguments.insert(arguments.begin(), sluice_binary());
    return run_program(arguments, variables);
  }

  std::filesystem::path folder_;
};

constexpr const char* kMinimal =
    R"({"instance": "a",
        "kafka": {"brokers": "127.0.0.1:9092", "topics": ["events"], "group": "sluice",
                  "dead_letter_topic": "events.dead", "properties": {}},
        "redis": {"url": "redis://127.0.0.1:6379/0", "prefix": "sluice"},
        "snapshot": {"folder": "state", "interval": "60s"}})";

TEST_F(Cli, help_lists_the_exit_codes_and_every_command_shows_examples) {
  const auto help = sluice({"--help"});
  EXPECT_EQ(help.exit_code, kDone);
  EXPECT_THAT(help.out, HasSubstr("Exit codes:"));
  EXPECT_THAT(help.err, IsEmpty());
  for (const std::string name :
       {"run", "demo", "replay", "evaluate", "lookup", "status", "check-config", "snapshot"}) {
    EXPECT_THAT(help.out, HasSubstr("\n  " + name + " "));
    const auto command_help = sluice({name, "--help"});
    EXPECT_EQ(command_help.exit_code, kDone) << name;
    EXPECT_THAT(command_help.out, HasSubstr("Examples:")) << name;
  }
}

TEST_F(Cli, version_names_the_program) {
  const auto version = sluice({"--version"});
  EXPECT_EQ(version.exit_code, kDone);
  EXPECT_THAT(version.out, StartsWith("sluice "));
}

TEST_F(Cli, bad_usage_is_exit_code_2_with_nothing_on_stdout) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{{},
                                                                     {"fly"},
                                                                     {"--nonsense"},
                                                                     {"check-config"},
                                                                     {"check-config", "--set"},
                                                                     {"replay"},
                                                                     {"lookup"},
                                                                     {"snapshot"},
                                                                     {"run"}}) {
    const auto result = sluice(arguments);
    EXPECT_EQ(result.exit_code, kBadUsage);
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_THAT(result.err, Not(IsEmpty()));
  }
}

TEST_F(Cli, evaluate_takes_every_event_that_the_service_takes) {
  std::string lines;
  for (int k = 0; k < 30; ++k) {
    lines += R"({"user":"u)" + std::to_string(k % 5) + R"(","item":"i)" + std::to_string(k % 3) +
             R"(","timestamp":)" + std::to_string(1'718'000'000'000 + k) + "}\n";
    if (k == 10)
      lines += R"({"type":"erase_user","user":"u1"})"
               "\n"
               R"({"type":"hide_item","item":"i1"})"
               "\n";
    if (k == 20)
      lines += R"({"type":"retract","user":"u2","item":"i1","timestamp":1718000000007})"
               "\n";
    if (k == 25)
      lines += R"({"type":"show_item","item":"i1"})"
               "\n";
  }
  const auto result = sluice({"evaluate", "--events", write("events.jsonl", lines)});
  EXPECT_EQ(result.exit_code, kDone) << result.err;
  EXPECT_THAT(result.out, HasSubstr("30"));
}

TEST_F(Cli, the_minimal_configuration_passes_check_config) {
  const auto result = sluice({"check-config", write("sluice.json", kMinimal)});
  EXPECT_EQ(result.exit_code, kDone) << result.err;
  EXPECT_THAT(result.out, HasSubstr("no problem found"));
}

TEST_F(Cli, shards_that_are_not_set_follow_the_affinity) {
  cpu_set_t before;
  ASSERT_EQ(::sched_getaffinity(0, sizeof before, &before), 0);
  int first = 0;
  while (!CPU_ISSET(first, &before)) ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);  // what is started inherits it
  const auto result = sluice({"check-config", write("sluice.json", kMinimal), "--print"});
  ASSERT_EQ(::sched_setaffinity(0, sizeof before, &before), 0);
  EXPECT_THAT(result.out, HasSubstr("\"shards\": 1,"));
  EXPECT_THAT(result.err, HasSubstr("shards is 1"));
}

// A control group of the kernel's, where one can be made: its files come with its folder.
class ControlGroupOfTest {
 public:
  explicit ControlGroupOfTest(std::uint64_t memory_bytes) {
    const std::string name = "sluice-test-" + std::to_string(::getpid());
    for (const auto& [mount, file] : {std::pair("/sys/fs/cgroup", "memory.max"),
                                      std::pair("/sys/fs/cgroup/memory", "memory.limit_in_bytes")}) {
      folder_ = std::filesystem::path(mount) / name;
      std::error_code error;
      if (!std::filesystem::create_directory(folder_, error)) continue;
      if (std::filesystem::exists(folder_ / file, error)) {
        std::ofstream limit(folder_ / file);
        is_made_ = static_cast<bool>(limit << memory_bytes << std::flush);
        if (is_made_) return;
      }
      ::rmdir(folder_.c_str());
    }
  }
  ControlGroupOfTest(const ControlGroupOfTest&) = delete;
  ControlGroupOfTest& operator=(const ControlGroupOfTest&) = delete;
  ~ControlGroupOfTest() {
    if (is_made_) ::rmdir(folder_.c_str());  // its files are the kernel's
  }
  [[nodiscard]] bool is_made() const { return is_made_; }
  // Runs a program in the group.
  [[nodiscard]] ProgramResult run(const std::string& command) const {
    return run_program(
        {"/bin/sh", "-c", "echo $$ > " + (folder_ / "cgroup.procs").string() + " && exec " + command}, {});
  }

 private:
  std::filesystem::path folder_;
  bool is_made_ = false;
};

TEST_F(Cli, memory_that_is_not_limited_follows_the_control_group) {
  constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
  const ControlGroupOfTest group(256 * kMebibyte);
  if (!group.is_made()) GTEST_SKIP() << "no control group can be made here";
  const std::string command =
      sluice_binary() + " check-config " + write("sluice.json", kMinimal) + " --print";
  const auto result = group.run(command);
  EXPECT_EQ(result.exit_code, kDone) << result.err;
  EXPECT_THAT(result.out,
              HasSubstr("\"max_bytes\": " + std::to_string(256 * kMebibyte - 256 * kMebibyte / 10)));
  EXPECT_THAT(result.err, HasSubstr("allows 256 MiB"));
  EXPECT_THAT(group.run(command + " --set limits.max_bytes=1000000000").out,
              HasSubstr("\"max_bytes\": 1000000000"));
}

TEST_F(Cli, shipped_configurations_pass_check_config) {
  for (const char* name : {"sluice.json", "compose.json"}) {
    const auto result = sluice({"check-config", SLUICE_TESTS_DIR "/../config/" + std::string(name)});
    EXPECT_EQ(result.exit_code, kDone) << result.err;
  }
}

TEST_F(Cli, check_config_lists_all_problems_at_once) {
  const auto file = write("bad.json", R"({"shards": -1, "kafka": {"brokers": "k", "topics": [],
                                        "properties": {"group.id": "x", "no.such.property": "1"}}})");
  const auto result = sluice({"check-config", file, "--set", "publish.linger=soon"});
  EXPECT_EQ(result.exit_code, kBadUsage);
  EXPECT_THAT(result.out, IsEmpty());
  for (const char* path : {"shards", "kafka.brokers", "kafka.topics", "kafka.properties.group.id",
                           "kafka.properties.no.such.property", "publish.linger"}) {
    EXPECT_THAT(result.err, HasSubstr("\n  " + std::string(path) + " ")) << path;
  }
}

// Of properties of which each is right and all together are not: no client can be made.
TEST_F(Cli, what_librdkafka_refuses_is_a_problem_of_the_configuration_in_its_words) {
  const auto file = write("sluice.json", kMinimal);
  const auto set = [](std::vector<std::string> arguments, const std::vector<std::string>& properties) {
    for (const std::string& property : properties) {
      arguments.insert(arguments.end(), {"--set", "kafka.properties." + property});
    }
    return arguments;
  };
  const std::vector<std::string> ssl = {"security.protocol=ssl", "ssl.ca.location=/nowhere/ca.pem"};
  const std::vector<std::string> scram = {"security.protocol=sasl_plaintext", "sasl.mechanism=SCRAM-SHA-256"};
  const auto events = write("events.csv", "timestamp_ms,user,item,value,type\n1000,u,i,1,view\n");
  const std::vector<std::string> run = {"run", "--config", file};
  const std::vector<std::string> replay = {"replay", "--config", file, "--events", events};
  for (const auto& command : {std::vector<std::string>{"check-config", file}, run, replay}) {
    const auto no_file = sluice(set(command, ssl));
    EXPECT_EQ(no_file.exit_code, kBadUsage) << command.front() << no_file.err;
    EXPECT_THAT(no_file.err, HasSubstr("kafka.properties is refused by librdkafka: ssl.ca.location failed"));
    EXPECT_THAT(no_file.err, HasSubstr("/nowhere/ca.pem"));
    const auto no_user = sluice(set(command, scram));
    EXPECT_EQ(no_user.exit_code, kBadUsage) << command.front() << no_user.err;
    EXPECT_THAT(no_user.err, HasSubstr("sasl.username and sasl.password must be set"));
  }
  const auto small = sluice(set({"check-config", file}, {"fetch.max.bytes=1000"}));
  EXPECT_EQ(small.exit_code, kBadUsage);
  EXPECT_THAT(small.err, HasSubstr("`fetch.max.bytes` must be >= `message.max.bytes`"));
}

TEST_F(Cli, secrets_never_reach_any_output) {
  const auto file = write("sluice.json", kMinimal);
  const std::vector<std::string> print = {"check-config", file, "--print", "--set",
                                          "kafka.properties.sasl.password=hunter2"};
  const auto good =
      sluice(print, {{"SLUICE_REDIS_PASSWORD", "hunter2"}, {"SLUICE_REDIS__URL", "redis://u:hunter2@h"}});
  EXPECT_EQ(good.exit_code, kDone) << good.err;
  EXPECT_THAT(good.out, HasSubstr("***"));
  EXPECT_THAT(good.out + good.err, Not(HasSubstr("hunter2")));
  const auto bad = sluice({"check-config", file, "--set", "kafka.properties.ssl.key.password.x=hunter2",
                           "--set", "redis.url=http://u:hunter2@h"});
  EXPECT_EQ(bad.exit_code, kBadUsage);
  EXPECT_THAT(bad.out + bad.err, Not(HasSubstr("hunter2")));
}

TEST_F(Cli, a_result_that_cannot_be_written_is_exit_code_4) {
  const auto result =
      run_program({"/bin/sh", "-c", sluice_binary() + " check-config --print-default > /dev/full"});
  EXPECT_EQ(result.exit_code, kEnvironment);
  EXPECT_THAT(result.err, HasSubstr("could not be written"));
}

TEST_F(Cli, a_file_that_may_not_grow_is_an_error_of_its_writing) {
  const std::string file = folder_ / "shown.json";
  const auto result =
      run_program({"/bin/bash", "-c",
                   "ulimit -f 0; exec " + sluice_binary() + " check-config --print-default > " + file});
  EXPECT_EQ(result.exit_code, kEnvironment);
}

TEST_F(Cli, a_closed_pipe_is_no_error) {
  const auto result =
      run_program({"/bin/bash", "-c",
                   sluice_binary() + " check-config --print-default | head -c 1; echo ${PIPESTATUS[0]}"});
  EXPECT_EQ(result.out, "/0\n");
  EXPECT_THAT(result.err, IsEmpty());
}

}  // namespace
}  // namespace sluice::cli
