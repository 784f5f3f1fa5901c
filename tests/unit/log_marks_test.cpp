#include "pipeline/log_marks.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace sluice::pipeline {
namespace {

sink::Snapshot snapshot_with_meta(const std::string& text) {
  sink::Snapshot snapshot;
  const auto bytes = std::as_bytes(std::span(text));
  snapshot.sections["meta"].assign(bytes.begin(), bytes.end());
  return snapshot;
}

const TopicPartition kFirst{"my.events", PartitionId{0}};
const TopicPartition kSecond{"my.events", PartitionId{1}};

TEST(LogMarks, ComeBackFromASnapshot) {
  LogMarks marks;
  marks.set(kFirst, {.committed = false, .topic_id = "id"});
  marks.set(kSecond, {});
  marks.note_committed({{kFirst, Offset{7}}});
  const auto snapshot = snapshot_with_meta(nlohmann::json{{"logs", marks.to_json("g")}}.dump());
  EXPECT_EQ(read_log_mark(snapshot, "g", kFirst), (LogMark{.committed = true, .topic_id = "id"}));
  EXPECT_EQ(read_log_mark(snapshot, "g", kSecond), LogMark{});
  EXPECT_FALSE(read_log_mark(snapshot, "another", kFirst).committed) << "commits are the group's own";
}

TEST(LogMarks, LogsBeforeAreSummedOverTheTopicsOfAPartition) {
  LogMarks marks;
  marks.set(kFirst, {false, "", 1});
  marks.set({"other", PartitionId{0}}, {false, "", 2});
  marks.set(kSecond, {true, "", 0});
  EXPECT_EQ(marks.logs_before(), (std::map<PartitionId, std::uint64_t>{{PartitionId{0}, 3}}));
  const auto snapshot = snapshot_with_meta(nlohmann::json{{"logs", marks.to_json("g")}}.dump());
  EXPECT_EQ(read_log_mark(snapshot, "g", kFirst).logs_before, 1U);
}

TEST(LogMarks, AMarkIsForgottenWithItsLogAndEachChangeIsCounted) {
  LogMarks marks;
  const auto before = marks.changes();
  marks.note_committed({{kFirst, Offset{7}}});
  const auto after = marks.changes();
  EXPECT_GT(after, before);
  marks.note_committed({{kFirst, Offset{8}}});
  EXPECT_EQ(marks.changes(), after) << "it was there already";
  marks.set(kFirst, {});
  EXPECT_EQ(marks.of(kFirst), LogMark{});
  EXPECT_GT(marks.changes(), after);
}

TEST(LogMarks, NothingIsKnownFromSnapshotsWithoutThem) {
  EXPECT_EQ(read_log_mark({}, "g", kFirst), LogMark{});
  for (const char* const text :
       {"", "[1]", R"({"events":1})", R"({"logs":[]})", R"({"logs":{"partitions":3}})",
        R"({"logs":{"group":"g","partitions":{"my.events":{"0":{"committed":1}}}}})"}) {
    EXPECT_EQ(read_log_mark(snapshot_with_meta(text), "g", kFirst), LogMark{}) << text;
  }
}

}  // namespace
}  // namespace sluice::pipeline
