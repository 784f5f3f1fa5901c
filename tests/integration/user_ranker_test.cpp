#include "pipeline/user_ranker.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "pipeline/counters.h"
#include "pipeline/live_quality.h"

namespace sluice::pipeline {
namespace {

using std::chrono::milliseconds;
constexpr PartitionId kPartition{0};
constexpr std::uint32_t kUsers = 1'000;

config::Options without_redis() {
  config::Options options;
  options.redis.url = "redis://127.0.0.1:1/0";  // nobody listens: lists wait in the publisher
  options.publish.linger = milliseconds{0};
  options.publish.max_age = milliseconds{1};  // so that their pace sets no limit here
  return options;
}

// More events than can be answered must not keep the lists of others from being renewed.
TEST(UserRanker, OldListsGetTheirTurnsWhileEventsNeverLeaveATimeWithout) {
  const config::Options options = without_redis();
  model::Model model(options, 1);
  model.shard(0).assign(kPartition);
  for (std::uint32_t k = 0; k < kUsers; ++k) {
    const std::string item = "item" + std::to_string(k % 50);
    const model::Line line{item, 1, 0, Offset{k}};
    const std::string user = "user" + std::to_string(k);
    (void)model.shard(0).learn({kPartition, user, from_unix_ms(1'600'000'000'000 + k), {&line, 1}});
  }
  sink::ListPublisher publisher(options.redis, options.publish, {});
  ShardCounters counters;
  LiveQuality quality(counters);
  UserRanker ranker(options, model, 0, publisher, counters, quality);
  UserRanker::Partitions partitions;
  partitions.push_back(std::make_unique<ShardPartition>(kPartition, 1));
  RankSchedule& schedule = partitions.front()->schedule;
  const auto long_ago = UserRanker::Clock::now() - 10 * options.publish.max_age;
  for (std::uint32_t row = 0; row < kUsers / 2; ++row) schedule.mark_fresh(row, long_ago);
  for (std::uint32_t row = kUsers / 2; row < kUsers; ++row) schedule.mark_dirty(row, long_ago, {});

  const auto deadline = UserRanker::Clock::now() + std::chrono::seconds{30};
  while (schedule.dirty_count() > kUsers / 4 && UserRanker::Clock::now() < deadline) {
    (void)ranker.rank_due(partitions, milliseconds{1});
  }
  EXPECT_LE(schedule.dirty_count(), kUsers / 4);
  EXPECT_GE(counters.refreshed.get(), kUsers / 8) << schedule.dirty_count() << " dirty users are left";
}

}  // namespace
}  // namespace sluice::pipeline
