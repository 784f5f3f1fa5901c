#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "config/load.h"

namespace sluice::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;
using namespace std::chrono_literals;

constexpr const char* kMinimal = R"(
    {"instance": "a",
     "kafka": {"brokers": "127.0.0.1:9092", "topics": ["events"], "group": "sluice",
               "dead_letter_topic": "events.dead", "properties": {}},
     "redis": {"url": "redis://127.0.0.1:6379/0", "prefix": "sluice"},
     "snapshot": {"folder": "state", "interval": "60s"}})";

std::vector<std::string> texts(const Loaded& loaded) {
  std::vector<std::string> all;
  for (const Problem& problem : loaded.problems) all.push_back(to_string(problem));
  return all;
}

// One case of bad_configurations.txt: "== name", then lines "env NAME=text" and "set path=value", then the
// JSON,
// "--" and the expected problems, one a line.
struct BadCase {
  std::string name;
  Sources sources;
  std::vector<std::string> expected;
};

std::vector<BadCase> read_bad_cases() {
  std::ifstream file(SLUICE_TESTS_DIR "/fixtures/config/bad_configurations.txt");
  std::vector<BadCase> cases;
  bool in_expected = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("== ")) {
      cases.push_back({.name = line.substr(3), .sources = {.text = "", .name = "test.json"}, .expected = {}});
      in_expected = false;
    } else if (line == "--") {
      in_expected = true;
    } else if (in_expected) {
      if (!line.empty()) cases.back().expected.push_back(line);
    } else if (line.starts_with("set ")) {
      cases.back().sources.overrides.push_back(line.substr(4));
    } else if (line.starts_with("env ")) {
      const auto equals = line.find('=');
      cases.back().sources.environment[line.substr(4, equals - 4)] = line.substr(equals + 1);
    } else if (!cases.empty()) {
      cases.back().sources.text += line + "\n";
    }
  }
  return cases;
}

TEST(ConfigLoad, every_bad_configuration_gets_its_messages) {
  const auto cases = read_bad_cases();
  ASSERT_GT(cases.size(), 30u);
  for (const BadCase& bad : cases) {
    SCOPED_TRACE(bad.name);
    const auto found = texts(load(bad.sources, Purpose::service));
    EXPECT_THAT(found, testing::ElementsAreArray(bad.expected));
    for (const auto& text : found) EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  }
}

TEST(ConfigLoad, the_minimal_configuration_is_complete) {
  const Loaded loaded = load({.text = kMinimal}, Purpose::service);
  EXPECT_THAT(texts(loaded), IsEmpty());
  EXPECT_THAT(loaded.notes, IsEmpty());
  EXPECT_EQ(loaded.options.kafka.dead_letter_topic, "events.dead");
  EXPECT_EQ(loaded.options.snapshot.interval, 60s);
  EXPECT_EQ(loaded.options.publish.max_age, 10min);
}

TEST(ConfigLoad, offline_commands_need_no_brokers) {
  EXPECT_THAT(texts(load({}, Purpose::offline)), IsEmpty());
  EXPECT_FALSE(load({}, Purpose::service).ok());
}

TEST(ConfigLoad, comments_are_allowed) {
  EXPECT_TRUE(load({.text = "// line\n{ /* inside */ \"shards\": 3 }"}, Purpose::offline).ok());
}

TEST(ConfigLoad, overrides_win_over_the_environment_which_wins_over_the_file) {
  Sources sources;
  sources.text = R"({"shards": 1, "seed": 1, "instance": "file"})";
  sources.environment = {{"SLUICE_SHARDS", "2"}, {"SLUICE_SEED", "2"}};
  sources.overrides = {"shards=3"};
  const Loaded loaded = load(sources, Purpose::offline);
  EXPECT_THAT(texts(loaded), IsEmpty());
  EXPECT_EQ(loaded.options.shards, 3u);
  EXPECT_EQ(loaded.options.seed, 2u);
  EXPECT_EQ(loaded.options.instance, "file");
}

TEST(ConfigLoad, overrides_take_every_type_of_option) {
  Sources sources;
  sources.overrides = {"kafka.topics=a,b",
                       "kafka.allow_cold_start=true",
                       "publish.linger=75ms",
                       "instance=7",
                       "events.min_value=-2.5",
                       "events.types.view=0.5",
                       "kafka.properties.sasl.mechanism=PLAIN",
                       "kafka.properties.client.id=12",
                       "redis.password=a=b"};
  const Loaded loaded = load(sources, Purpose::offline);
  EXPECT_THAT(texts(loaded), IsEmpty());
  EXPECT_THAT(loaded.options.kafka.topics, ElementsAre("a", "b"));
  EXPECT_TRUE(loaded.options.kafka.allow_cold_start);
  EXPECT_EQ(loaded.options.publish.linger, 75ms);
  EXPECT_EQ(loaded.options.instance, "7");
  EXPECT_EQ(loaded.options.events.min_value, -2.5);
  EXPECT_THAT(loaded.options.events.types, UnorderedElementsAre(Pair("view", 0.5), Pair("cancel", -1.0),
                                                                Pair("dislike", -1.0), Pair("skip", -1.0)));
  EXPECT_THAT(loaded.options.kafka.properties,
              UnorderedElementsAre(Pair("sasl.mechanism", "PLAIN"), Pair("client.id", "12")));
  EXPECT_EQ(loaded.options.redis.password, "a=b");
  EXPECT_THAT(load({.overrides = {"kafka.topics=[\"a\"]"}}, Purpose::offline).options.kafka.topics,
              ElementsAre("a"));
}

TEST(ConfigLoad, a_variable_loses_one_line_end_as_a_password_file_does) {
  Sources sources;
  sources.text = "{}";
  sources.environment = {{"SLUICE_REDIS_PASSWORD", "secret\n"},
                         {"SLUICE_REDIS__USERNAME", "name\r\n"},
                         {"SLUICE_KAFKA__PROPERTIES__SASL__PASSWORD", "two\n\n"}};
  const Loaded loaded = load(sources, Purpose::offline);
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded.options.redis.password, "secret");
  EXPECT_EQ(loaded.options.redis.username, "name");
  EXPECT_EQ(loaded.options.kafka.properties.at("sasl.password"), "two\n");
}

TEST(ConfigLoad, the_environment_reaches_every_kind_of_path) {
  Sources sources;
  sources.environment = {{"SLUICE_REDIS__URL", "redis://cache:6379/1"},
                         {"SLUICE_REDIS_USERNAME", "me"},
                         {"SLUICE_REDIS_PASSWORD", "12345"},
                         {"SLUICE_LOG_LEVEL", "warn"},
                         {"SLUICE_KAFKA__TOPICS", "a,b"},
                         {"SLUICE_KAFKA__PROPERTIES__SASL__PASSWORD", "Secret"},
                         {"SLUICE_EVENTS__TYPES__VIEW", "2"}};
  const Loaded loaded = load(sources, Purpose::offline);
  EXPECT_THAT(texts(loaded), IsEmpty());
  EXPECT_EQ(loaded.options.redis.url, "redis://cache:6379/1");
  EXPECT_EQ(loaded.options.redis.username, "me");
  EXPECT_EQ(loaded.options.redis.password, "12345");
  EXPECT_EQ(loaded.options.log_level, "warn");
  EXPECT_THAT(loaded.options.kafka.topics, ElementsAre("a", "b"));
  EXPECT_THAT(loaded.options.kafka.properties, ElementsAre(Pair("sasl.password", "Secret")));
  EXPECT_EQ(loaded.options.events.types.at("view"), 2.0);
}

TEST(ConfigLoad, variables_that_a_container_platform_adds_are_left_alone) {
  Sources sources;
  sources.environment = {{"SLUICE_PORT", "tcp://10.0.0.1:9464"}, {"SLUICE_SERVICE_HOST", "10.0.0.1"}};
  EXPECT_TRUE(load(sources, Purpose::offline).ok());
}

TEST(ConfigLoad, other_folders_are_asked_about_their_own_names) {
  const Check check = [](const Options& options) {
    std::vector<Problem> problems;
    for (const auto& [name, value] : options.model.parameters) {
      problems.push_back({"model.parameters." + name, "", "is unknown"});
    }
    return problems;
  };
  const Loaded loaded = load({.overrides = {"model.parameters.speed=3"}}, Purpose::offline, {check, check});
  EXPECT_THAT(texts(loaded),
              ElementsAre("model.parameters.speed is unknown", "model.parameters.speed is unknown"));
}

TEST(ConfigLoad, a_missing_dead_letter_topic_is_noted) {
  const Loaded loaded = load({.text = R"({"kafka": {"brokers": "k:1", "topics": ["t"]}})"}, Purpose::service);
  EXPECT_THAT(loaded.notes, ElementsAre(HasSubstr("kafka.dead_letter_topic is empty")));
}

TEST(ConfigLoad, a_file_that_cannot_be_read_is_a_problem) {
  EXPECT_THAT(texts(load_file("/nowhere/sluice.json", {}, Purpose::service)),
              ElementsAre("/nowhere/sluice.json cannot be read"));
  EXPECT_THAT(texts(load_file("/", {}, Purpose::service)), ElementsAre("/ cannot be read"));
}

TEST(ConfigLoad, hostile_text_is_a_problem_and_nothing_worse) {
  for (const std::string& text :
       {std::string(), std::string("\0", 1), std::string(100'000, '['), std::string("{\"\xff\": 1}"),
        std::string("{\"shards\": 1e999}"), "{\"redis\": {\"url\": \"" + std::string(100'000, 'a') + "\"}}",
        "{\"events\": {\"user_field\": \"" + std::string(100'000, '/') + "\"}}",
        "{\"" + std::string(100'000, 'x') + "\": 1}"}) {
    EXPECT_FALSE(load({.text = text}, Purpose::offline).ok()) << text.substr(0, 40);
  }
  EXPECT_FALSE(load({.overrides = {"\xff=\xff", "=", "", "shards=\xff"}}, Purpose::offline).ok());
}

}  // namespace
}  // namespace sluice::config
