#include "support/checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "common/json.h"
#include "ingest/kafka_consumer.h"
#include "kafka/topic_reader.h"
#include "model/inspect.h"
#include "sink/file_system.h"
#include "sink/list_json.h"
#include "sink/live_list.h"
#include "sink/redis_connection.h"
#include "support/patience.h"

namespace sluice::test {
namespace {

using Counts = std::map<std::string, std::uint64_t>;
using Kind = ProducedLog::Kind;

constexpr const char* kTopic = "events";
constexpr std::size_t kShown = 5;  // differences told of

// Nothing if they are equal.
std::string difference(const Counts& found, const Counts& expected) {
  std::set<std::string> names;
  for (const auto& [name, count] : found) names.insert(name);
  for (const auto& [name, count] : expected) names.insert(name);
  const auto count_of = [](const Counts& counts, const std::string& name) {
    const auto at = counts.find(name);
    return at == counts.end() ? std::uint64_t{0} : at->second;
  };
  std::string text;
  std::size_t different = 0;
  for (const std::string& name : names) {
    const std::uint64_t has = count_of(found, name);
    const std::uint64_t needs = count_of(expected, name);
    if (has == needs || ++different > kShown) continue;
    text += name + " has " + std::to_string(has) + " instead of " + std::to_string(needs) + "; ";
  }
  return different == 0 ? "" : text + std::to_string(different) + " differ";
}

sink::SnapshotFolder scan(const ServiceSetup& setup) {
  return sink::scan_snapshots(sink::real_file_system(), snapshot_folder(setup), false);
}

sink::Snapshot load(const std::filesystem::path& file) {
  auto loaded = sink::load_snapshot(sink::real_file_system(), file);
  EXPECT_TRUE(loaded.snapshot.has_value()) << file << ": " << loaded.detail;
  return loaded.snapshot.value_or(sink::Snapshot{});
}

Counts users_in(const sink::Snapshot& snapshot, PartitionId partition) {
  Counts counts;
  const auto section = snapshot.sections.find("users/" + std::to_string(static_cast<int>(partition)));
  if (section == snapshot.sections.end()) return counts;
  const auto users = model::user_events(section->second);
  EXPECT_TRUE(users.has_value()) << "a damaged section of users";
  if (!users) return counts;
  for (const auto& [user, events] : *users) counts[user] = events;
  return counts;
}

Counts items_in(const sink::Snapshot& snapshot) {
  Counts counts;
  const auto items = model::item_events(snapshot.sections.at("items"));
  EXPECT_TRUE(items.has_value()) << "a damaged section of items";
  if (!items) return counts;
  for (const auto& [item, events] : *items) {
    if (events > 0) counts[item] = events;
  }
  return counts;
}

}  // namespace

void Checker::check_commits() const {
  config::KafkaOptions kafka;
  kafka.brokers = setup_.brokers;
  kafka.topics = {kTopic};
  kafka.group = "test";
  ingest::KafkaConsumer observer(kafka, "observer", 1, {});
  std::vector<TopicPartition> partitions;
  for (const auto& [partition, log] : produced_.contents()) partitions.push_back({kTopic, partition});
  // First the commits, then the files: those can only have got newer meanwhile.
  const auto committed = observer.query_committed(partitions, std::chrono::seconds{10} * kPatience);
  ASSERT_TRUE(committed.has_value()) << "the group's commits cannot be read";
  if (committed->empty()) return;
  const auto folder = scan(setup_);
  for (const auto& [partition, commit] : *committed) {
    const auto file = folder.users_of_partition.find(partition.partition);
    ASSERT_NE(file, folder.users_of_partition.end()) << "a commit without a snapshot";
    const auto snapshot = sink::read_snapshot_summary(sink::real_file_system(), file->second);
    ASSERT_TRUE(snapshot.summary.has_value());
    EXPECT_LE(static_cast<std::int64_t>(commit.offset),
              static_cast<std::int64_t>(snapshot.summary->applied.at(partition)))
        << "a commit ahead of every snapshot";
  }
}

std::map<std::string, std::uint64_t> Checker::expected_users(PartitionId partition, Offset end) const {
  Counts users;
  const auto contents = produced_.contents();
  const auto log = contents.find(partition);
  if (log == contents.end()) return users;
  for (const auto& [offset, record] : log->second) {
    if (offset >= end) break;
    if (record.kind == Kind::event) ++users[record.user];
    if (record.kind == Kind::erase) users.erase(record.user);
  }
  return users;
}

void Checker::check_state(Prefix prefix) const {
  const auto folder = scan(setup_);
  ASSERT_TRUE(folder.newest.contains(setup_.instance)) << "no snapshot";
  const sink::Snapshot snapshot = load(folder.newest.at(setup_.instance));
  for (const auto& [partition, log] : produced_.contents()) {
    const auto applied = snapshot.applied.find({kTopic, partition});
    ASSERT_NE(applied, snapshot.applied.end());
    const Offset log_end{static_cast<std::int64_t>(log.rbegin()->first) + 1};
    EXPECT_LE(applied->second, log_end);
    if (prefix == Prefix::whole) {
      EXPECT_EQ(applied->second, log_end) << "not all is applied";
    }
    EXPECT_EQ(difference(users_in(snapshot, partition), expected_users(partition, applied->second)), "")
        << "users of partition " << static_cast<int>(partition) << " are not its log's prefix up to "
        << static_cast<std::int64_t>(applied->second);
  }
  check_items_and_counts(snapshot);
}

void Checker::check_items_and_counts(const sink::Snapshot& snapshot) const {
  Counts items;
  std::map<Kind, std::uint64_t> kinds;
  for (const auto& [partition, log] : produced_.contents()) {
    for (const auto& [offset, record] : log) {
      if (offset >= snapshot.applied.at({kTopic, partition})) break;
      ++kinds[record.kind];
      if (record.kind == Kind::event) ++items[record.item];
    }
  }
  EXPECT_EQ(difference(items_in(snapshot), items), "") << "items are not the prefixes' sums";
  const auto& bytes = snapshot.sections.at("meta");
  const auto* const text = reinterpret_cast<const char*>(bytes.data());
  const auto meta = nlohmann::json::parse(text, text + bytes.size());
  std::uint64_t dead = 0;
  for (const auto& [reason, count] : meta.at("dead").items()) dead += count.get<std::uint64_t>();
  EXPECT_EQ(meta.at("events"), kinds[Kind::event]) << "counted as applied";
  EXPECT_EQ(meta.at("filtered"), kinds[Kind::filtered]) << "counted as filtered";
  EXPECT_EQ(dead, kinds[Kind::broken]) << "counted as dead letters";
}

void Checker::check_dead_letters(const std::string& topic) const {
  using Origin = std::pair<std::string, std::string>;  // partition, offset
  std::set<Origin> broken;
  for (const auto& [partition, log] : produced_.contents()) {
    for (const auto& [offset, record] : log) {
      if (record.kind != Kind::broken) continue;
      broken.emplace(std::to_string(static_cast<int>(partition)),
                     std::to_string(static_cast<std::int64_t>(offset)));
    }
  }
  std::set<Origin> letters;
  constexpr std::size_t kMany = 1'000'000;
  for (const auto& letter : tests::read_topic(setup_.brokers, topic, 1, kMany, std::chrono::seconds{3})) {
    letters.emplace(letter.header("sluice.partition"), letter.header("sluice.offset"));
  }
  EXPECT_THAT(letters, testing::ContainerEq(broken));
}

namespace {

// SCAN all the way.
std::vector<std::string> keys_of(sink::RedisConnection& redis) {
  std::set<std::string> keys;
  std::string cursor = "0";
  do {
    const auto reply = redis.run({"SCAN", cursor, "MATCH", "sluice:*", "COUNT", "1000"});
    EXPECT_TRUE(reply.ok());
    if (!reply.ok()) return {};
    cursor = reply.value().view().at(0).text();
    const auto found = reply.value().view().at(1);
    for (std::size_t i = 0; i < found.size(); ++i) keys.emplace(found.at(i).text());
  } while (cursor != "0");
  return {keys.begin(), keys.end()};
}

template <typename Entries, typename Id, typename Score>
void expect_ranking(const Entries& entries, Id id, Score score) {
  std::set<std::string> ids;
  double last = std::numeric_limits<double>::infinity();
  for (const auto& entry : entries) {
    EXPECT_TRUE(ids.insert(id(entry)).second) << id(entry) << " stands there twice";
    EXPECT_TRUE(std::isfinite(score(entry))) << id(entry) << " has a score that is no number";
    EXPECT_LE(score(entry), last) << "not sorted at " << id(entry);
    last = score(entry);
  }
}

void check_list(const std::string& key, std::string_view document) {
  const auto list = sink::parse_list_json(document);
  ASSERT_TRUE(list.ok()) << list.error();
  if (key.starts_with("sluice:user:")) {
    EXPECT_EQ("sluice:user:" + list.value().user, key);
  }
  expect_ranking(
      list.value().items, [](const auto& entry) { return entry.item; },
      [](const auto& entry) { return double{entry.score}; });
  if (!list.value().live) return;
  EXPECT_TRUE(std::isfinite(list.value().live->base));
  for (const auto& entry : list.value().items)
    EXPECT_TRUE(std::isfinite(entry.own) && std::isfinite(entry.common));
}

void check_live_list(std::string_view document) {
  const auto list = sink::parse_live_list(document);
  ASSERT_TRUE(list.ok()) << list.error();
  expect_ranking(
      list.value().items, [](const auto& entry) { return entry.id; },
      [](const auto& entry) { return double{entry.common}; });
}

}  // namespace

std::size_t check_lists(const std::string& redis_url) {
  config::RedisOptions options;
  options.url = redis_url;
  auto redis = sink::RedisConnection::connect(options);
  EXPECT_TRUE(redis.ok());
  if (!redis.ok()) return 0;
  std::size_t user_lists = 0;
  for (const std::string& key : keys_of(*redis.value())) {
    SCOPED_TRACE(key);
    const auto ttl = redis.value()->run({"PTTL", key});
    EXPECT_TRUE(ttl.ok());
    EXPECT_NE(ttl.value().view().integer(), -1) << "a key without a TTL";
    const bool of_user = key.starts_with("sluice:user:");
    const bool live = key.starts_with("sluice:live:");
    if (!of_user && !live && key != "sluice:popular") continue;
    const auto document = redis.value()->run({"GET", key});
    EXPECT_TRUE(document.ok());
    if (!document.ok() || document.value().view().is_nil()) continue;
    if (live) {
      check_live_list(document.value().view().text());
    } else {
      check_list(key, document.value().view().text());
    }
    user_lists += of_user ? 1 : 0;
  }
  return user_lists;
}

}  // namespace sluice::test
