// Lists and live lists as every kind of reader sees them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "common/json.h"
#include "common/seen_code.h"
#include "docs/readers/top.h"
#include "sink/list_publisher.h"
#include "sink/redis_connection.h"
#include "sink/redis_functions.h"
#include "sink/redis_process.h"
#include "sink/redis_url.h"
#include "support/run_program.h"
#include "support/sluice_service.h"
#include "support/wait_until.h"

namespace sluice::cli {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

const std::filesystem::path kReaders = std::filesystem::path(SLUICE_TESTS_DIR).parent_path() / "docs/readers";
const std::filesystem::path kChecks = std::filesystem::path(SLUICE_TESTS_DIR) / "readers";

Timestamp now_on_the_wall() {
  return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

sink::List list_for(std::string user) {
  sink::List list;
  list.user = std::move(user);
  list.items = {{"a", 3.0F, {"covisit"}, 2.0, 1.0}, {"b", 2.0F, {}, 0.5, 1.5}, {"c", 1.0F, {}, 0.75, 0.25}};
  list.live = sink::LiveParts{0.125, 2, now_on_the_wall() - std::chrono::hours{2}, {{"d", 0.25, 0.5}}, {}};
  list.made = now_on_the_wall();
  return list;
}

sink::LiveList live_list(std::uint32_t context, std::vector<LiveEntry<std::string>> items) {
  return {context, std::move(items), Epoch{1}, now_on_the_wall(), now_on_the_wall()};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string line_of(const std::string& item, double score) {
  char text[64];
  std::snprintf(text, sizeof text, "\t%.4f", score);
  return item + text;
}

class LiveLists : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto started = sink::RedisProcess::start();
    if (!started) GTEST_FAIL() << started.error();
    redis_ = std::move(started.value());
    options_.url = redis_->url();
    publish_.format = GetParam();
  }

  void publish(std::vector<sink::List> lists, std::vector<sink::LiveList> live, milliseconds live_ttl = {}) {
    if (live_ttl.count() > 0) publish_.live_ttl = live_ttl;
    sink::ListPublisher publisher(options_, publish_, {});
    const std::size_t live_lists = live.size();
    for (sink::LiveList& list : live) publisher.set_live(std::move(list));
    for (sink::List& list : lists) {
      if (list.user.empty()) {
        publisher.set_popular(std::move(list));
      } else {
        ASSERT_TRUE(publisher.submit(std::move(list)));
      }
    }
    for (const std::string& item : hidden_) publisher.set_hidden(item, true);
    ASSERT_TRUE(test::wait_until([&] { return publisher.counters().live_written >= live_lists; }));
    ASSERT_TRUE(publisher.stop(std::chrono::seconds{5}));
  }

  [[nodiscard]] sink::RedisReply run(std::vector<std::string_view> words) const {
    auto connection = sink::RedisConnection::connect(options_);
    EXPECT_TRUE(connection.ok());
    auto reply = connection.value()->run(words);
    EXPECT_TRUE(reply.ok()) << reply.error().text;
    return std::move(reply.value());
  }

  // "item<tab>score" with four decimals.
  [[nodiscard]] std::vector<std::string> lookup(const std::string& user,
                                                const std::string& merge = "on") const {
    const auto result = test::run_program({test::sluice_binary(), "lookup", "--user", user, "--json",
                                           "--merge", merge, "--set", "redis.url=" + options_.url});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    const json document = json::parse(result.out);
    std::vector<std::string> lines;
    for (const json& item : document["list"]["items"]) {
      lines.push_back(line_of(item["id"], item["score"]));
    }
    return lines;
  }
  [[nodiscard]] std::vector<std::string> function(const std::string& user,
                                                  const std::string& n = "20") const {
    const sink::RedisReply reply =
        run({"FCALL_RO", sink::top_function_name("sluice"), "1", "sluice:user:" + user, n});
    std::vector<std::string> lines;
    for (std::size_t i = 0; i + 1 < reply.view().size(); i += 2) {
      lines.push_back(std::string(reply.view().at(i).text()) + "\t" +
                      std::string(reply.view().at(i + 1).text()));
    }
    return lines;
  }
  [[nodiscard]] std::string port() const {
    const std::size_t begin = options_.url.rfind(':') + 1;
    return options_.url.substr(begin, options_.url.find('/', begin) - begin);
  }

  std::unique_ptr<sink::RedisProcess> redis_;
  config::RedisOptions options_;
  config::PublishOptions publish_;
  std::vector<std::string> hidden_;
};

INSTANTIATE_TEST_SUITE_P(Formats, LiveLists, testing::Values("json", "compact"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(LiveLists, a_reader_sees_what_moves_now_in_the_place_it_deserves) {
  // Two takes, two hours ago: context 1 + 3 * (2 - 1) + 1.
  publish({list_for("u")}, {live_list(5, {{"new", 4.0}, {"b", 3.5}, {"a", 0.5}})});
  // b: 0.5 + 3.5; new: 0.125 + 4.0; a: 2.0 + 0.5; c is not live: 0.75 + min(0.25, 0.5), nor is d, which was
  // kept behind the list: 0.25 + min(0.5, 0.5).
  EXPECT_THAT(lookup("u"), ElementsAre("new\t4.1250", "b\t4.0000", "a\t2.5000", "c\t1.0000", "d\t0.7500"));
  EXPECT_THAT(lookup("u", "off"), ElementsAre("a\t3.0000", "b\t2.0000", "c\t1.0000"));
  EXPECT_EQ(function("u"), lookup("u"));
  EXPECT_THAT(function("u", "1"), ElementsAre("new\t4.1250"));
}

TEST_P(LiveLists, what_is_hidden_or_was_had_is_not_added) {
  sink::List list = list_for("u");
  append_seen_code(list.live->seen, seen_code("something else"));
  append_seen_code(list.live->seen, seen_code("had"));
  hidden_ = {"hidden", "b"};
  publish({std::move(list)}, {live_list(5, {{"had", 9.0}, {"hidden", 8.0}, {"a", 1.0}})});
  EXPECT_THAT(lookup("u"), ElementsAre("a\t3.0000", "c\t1.0000", "d\t0.7500"));
  EXPECT_EQ(function("u"), lookup("u"));
}

TEST_P(LiveLists, an_unknown_user_gets_everybodys_list_as_of_now) {
  sink::List popular = list_for("");
  popular.live = sink::LiveParts{};
  publish({std::move(popular)}, {live_list(0, {{"x", 5.0}, {"y", 1.0}})});
  EXPECT_THAT(lookup("nobody"), ElementsAre("x\t5.0000", "a\t3.0000", "b\t1.5000", "c\t1.0000", "y\t1.0000"));
  EXPECT_EQ(function("nobody"), lookup("nobody"));
}

TEST_P(LiveLists, an_expired_live_list_leaves_the_document_alone) {
  publish({list_for("u")}, {live_list(5, {{"new", 4.0}})}, milliseconds{1000});
  EXPECT_THAT(lookup("u"), testing::Contains("new\t4.1250"));
  ASSERT_TRUE(test::wait_until([&] { return run({"EXISTS", "sluice:live:5"}).view().integer() == 0; }));
  EXPECT_THAT(lookup("u"), ElementsAre("a\t3.0000", "b\t2.0000", "c\t1.0000"));
  EXPECT_EQ(function("u"), lookup("u"));
}

// Many random documents of users in many contexts, and one unknown user.
class ReadersAgree : public LiveLists {
 protected:
  void publish_random() {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto item = [&] { return "item \"" + std::to_string(random() % 120) + "\" \\ \u00e9"; };
    const auto part = [&] { return round_part(std::normal_distribution<double>(0, 3)(random)); };
    std::vector<sink::LiveList> live;
    for (std::uint32_t context = 0; context < sink::kLiveContexts; ++context) {
      if (context == 9) continue;
      std::map<std::string, double> items;
      while (items.size() < 30) items[item()] = part();
      sink::LiveList list = live_list(context, {});
      for (const auto& [id, common] : items) list.items.push_back({id, common});
      std::ranges::stable_sort(list.items, std::greater<>{}, &LiveEntry<std::string>::common);
      live.push_back(std::move(list));
    }
    std::vector<sink::List> lists;
    for (const std::string& user : users_) lists.push_back(random_list(user, random, item, part));
    lists.back().live->history = 0;
    lists.front().live->history = 3;  // context 9, which has no live list: the document alone counts
    lists.front().live->last_take = now_on_the_wall() - std::chrono::hours{30};
    hidden_ = {item(), item(), item()};
    publish(std::move(lists), std::move(live));
  }
  [[nodiscard]] static sink::List random_list(const std::string& user, std::mt19937& random, const auto& item,
                                              const auto& part) {
    sink::List list;
    list.user = user;
    list.made = now_on_the_wall();
    std::map<std::string, std::pair<double, double>> items;
    while (items.size() < 40) items[item()] = {part(), part()};
    list.live.emplace();
    list.live->base = part();
    list.live->history = static_cast<std::uint32_t>(random() % 6);
    list.live->last_take = now_on_the_wall() - std::chrono::minutes{1 + random() % 3000};
    for (const auto& [id, parts] : items) {
      if (list.items.size() < 20) {
        list.items.push_back(
            {id, static_cast<float>(parts.first + parts.second), {}, parts.first, parts.second});
      } else {
        list.live->kept.push_back({id, parts.first, parts.second});
      }
    }
    for (int k = 0; k < 30; ++k) append_seen_code(list.live->seen, seen_code(item()));
    return list;
  }
  void expect_agreement(const std::vector<std::string>& program) {
    publish_random();
    std::vector<std::string> users = users_;
    users.back() = "unknown";
    for (const std::string& user : users) {
      std::vector<std::string> command = program;
      command.insert(command.end(), {port(), user, "20"});
      const auto result = test::run_program(command);
      ASSERT_EQ(result.exit_code, 0) << result.err;
      EXPECT_EQ(lines_of(result.out), lookup(user)) << user;
    }
  }
  [[nodiscard]] static bool is_there(const std::string& program) {
    return test::run_program({"/bin/sh", "-c", "command -v " + program}).exit_code == 0;
  }

  const std::vector<std::string> users_ = {"u1", "u2", "u3", "u4", "u5", "u6", ""};
};

// Readers of other languages take the JSON form; the function takes both.
INSTANTIATE_TEST_SUITE_P(Json, ReadersAgree, testing::Values("json"));
class FunctionAgrees : public ReadersAgree {};
INSTANTIATE_TEST_SUITE_P(Formats, FunctionAgrees, testing::Values("json", "compact"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(FunctionAgrees, with_lookup) {
  publish_random();
  for (const std::string user : {"u1", "u2", "u3", "u4", "u5", "u6", "unknown"}) {
    EXPECT_EQ(function(user), lookup(user)) << user;
  }
}

TEST_P(ReadersAgree, python) {
  if (!is_there("python3")) GTEST_SKIP() << "python3 is not installed: docs/readers/top.py was NOT tested";
  expect_agreement({"/usr/bin/env", "python3", kChecks / "check.py"});
}

TEST_P(ReadersAgree, node) {
  if (!is_there("node")) GTEST_SKIP() << "node is not installed: docs/readers/top.mjs was NOT tested";
  expect_agreement({"/usr/bin/env", "node", kChecks / "check.mjs"});
}

TEST_P(ReadersAgree, go) {
  if (!is_there("go")) GTEST_SKIP() << "go is not installed: docs/readers/top.go was NOT tested";
  const test::TemporaryFolder folder;
  std::filesystem::copy(kChecks / "check.go", folder.path());
  std::ofstream(folder.path() / "go.mod") << "module check\n";
  const auto built =
      test::run_program({"/bin/sh", "-c",
                         "sed 's/^package readers/package main/' " + (kReaders / "top.go").string() + " > " +
                             (folder.path() / "top.go").string() + " && cd " + folder.path().string() +
                             " && GOFLAGS=-mod=mod go build -o check ."});
  ASSERT_EQ(built.exit_code, 0) << built.err;
  expect_agreement({folder.path() / "check"});
}

TEST_P(ReadersAgree, java) {
  if (!is_there("javac")) GTEST_SKIP() << "javac is not installed: docs/readers/Top.java was NOT tested";
  const test::TemporaryFolder folder;
  const auto built = test::run_program(
      {"/usr/bin/env", "javac", "-d", folder.path(), kReaders / "Top.java", kChecks / "Check.java"});
  ASSERT_EQ(built.exit_code, 0) << built.err;
  expect_agreement({"/usr/bin/env", "java", "-Xshare:auto", "-cp", folder.path(), "Check"});
}

TEST_P(ReadersAgree, cpp) {
  publish_random();
  redisContext* redis = redisConnect("127.0.0.1", std::stoi(port()));
  ASSERT_EQ(redis->err, 0);
  for (const std::string user : {"u1", "u2", "u3", "u4", "u5", "u6", "unknown"}) {
    std::vector<std::string> lines;
    for (const auto& [item, score] : top(redis, user)) lines.push_back(line_of(item, score));
    EXPECT_EQ(lines, lookup(user)) << user;
  }
  redisFree(redis);
}

}  // namespace
}  // namespace sluice::cli
