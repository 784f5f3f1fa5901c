#include "pipeline/snapshot_age.h"

#include <gtest/gtest.h>

namespace sluice::pipeline {
namespace {

constexpr std::int64_t kHour = 3'600'000;

ingest::Offsets at_offset(std::int64_t next) {
  return {{{"events", PartitionId{0}}, Offset{next}}};
}

TEST(SnapshotAge, IsZeroInAQuietStreamHoweverOldTheSnapshotIs) {
  SnapshotAge age(0);
  EXPECT_EQ(age.read(at_offset(7), 1000, at_offset(7), 2000), 0);
  EXPECT_EQ(age.read(at_offset(7), 1000, at_offset(7), 1000 + kHour), 0);
}

TEST(SnapshotAge, CountsFromTheFirstEventAfterTheQuietAndNotFromTheSnapshot) {
  SnapshotAge age(0);
  EXPECT_EQ(age.read(at_offset(7), 1000, at_offset(7), kHour), 0);
  EXPECT_EQ(age.read(at_offset(7), 1000, at_offset(8), kHour + 500), 500);
  EXPECT_EQ(age.read(at_offset(7), 1000, at_offset(9), kHour + 90'000), 90'000);
  EXPECT_EQ(age.read(at_offset(8), kHour + 90'000, at_offset(9), kHour + 91'000), 1000);
}

TEST(SnapshotAge, BeforeTheFirstSnapshotIsThatOfTheProcess) {
  SnapshotAge age(1000);
  EXPECT_EQ(age.read({}, 0, at_offset(0), 4000), 3000);
}

TEST(SnapshotAge, IsZeroWithoutPartitions) {
  SnapshotAge age(1000);
  EXPECT_EQ(age.read({}, 0, {}, kHour), 0);
  EXPECT_EQ(age.read({}, 0, at_offset(5), kHour + 10), 10) << "they came a moment ago";
}

TEST(SnapshotAge, IsNotNegativeWhereTheClockWasPutBack) {
  SnapshotAge age(kHour);
  EXPECT_EQ(age.read({}, 0, at_offset(1), 1000), 0);
}

}  // namespace
}  // namespace sluice::pipeline
