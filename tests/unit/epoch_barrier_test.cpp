#include "pipeline/epoch_barrier.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sluice::pipeline {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

TEST(EpochBarrier, OneShardRunsAloneWhileTheOthersStand) {
  constexpr int kShards = 4;
  constexpr int kRounds = 500;
  EpochBarrier barrier(kShards);
  int shared = 0;  // deliberately plain: the barrier alone orders the accesses
  std::vector<int> seen(kShards, 0);
  std::vector<std::thread> threads;
  for (int shard = 0; shard < kShards; ++shard) {
    threads.emplace_back([&, shard] {
      for (int round = 0; round < kRounds; ++round) {
        barrier.request();
        barrier.arrive();
        while (!barrier.all_arrived(microseconds{100})) {
        }
        if (!barrier.meet([&] {
              barrier.begin_boundary();
              ++shared;
            })) {
          return;
        }
        seen[static_cast<std::size_t>(shard)] += shared == round + 1 ? 1 : 0;
        if (!barrier.meet([] {})) return;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(shared, kRounds);
  for (const int count : seen) EXPECT_EQ(count, kRounds);
}

TEST(EpochBarrier, ARequestIsForgottenWhenTheBoundaryBegins) {
  EpochBarrier barrier(1);
  EXPECT_TRUE(barrier.request());
  EXPECT_FALSE(barrier.request()) << "it was asked for already";
  barrier.arrive();
  EXPECT_TRUE(barrier.all_arrived(microseconds{0}));
  EXPECT_TRUE(barrier.meet([&] { barrier.begin_boundary(); }));
  EXPECT_FALSE(barrier.requested());
  EXPECT_FALSE(barrier.all_arrived(microseconds{0}));
}

TEST(EpochBarrier, AnAbortSendsEverybodyHome) {
  EpochBarrier barrier(2);
  bool went_on = true;
  std::thread waiting([&] {
    barrier.arrive();
    EXPECT_TRUE(barrier.all_arrived(seconds{60})) << "nobody needs to wait any more";
    went_on = barrier.meet([] {});
  });
  barrier.abort();
  waiting.join();
  EXPECT_FALSE(went_on);
  EXPECT_FALSE(barrier.meet([] {})) << "later ones too";
}

}  // namespace
}  // namespace sluice::pipeline
