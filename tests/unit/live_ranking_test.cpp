#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/seen_code.h"
#include "model/live_document.h"
#include "model/model.h"
#include "support/model_events.h"

namespace sluice::model {
namespace {

using test::kPartition;

class LiveRankingTest : public testing::Test {
 protected:
  explicit LiveRankingTest(const std::string& repeats = "include") {
    config::Options options;
    options.limits.max_items = 1'000;
    options.ranking.repeats = repeats;
    model_ = std::make_unique<Model>(options, 1);
    shard().assign(kPartition);
    std::int64_t offset = 0;
    for (const auto& event : events_) test::learn(shard(), kPartition, event, offset++);
  }
  [[nodiscard]] Shard& shard() { return model_->shard(0); }
  [[nodiscard]] Timestamp now() const { return events_.back().time; }
  [[nodiscard]] RankedList rank(const std::string& user, std::size_t n, std::size_t kept) {
    RankedList list;
    EXPECT_TRUE(shard().rank(*shard().find(kPartition, user), now(), n, list, kept));
    return list;
  }
  [[nodiscard]] std::array<LiveRanking, kContexts> live(std::size_t n) {
    std::array<LiveRanking, kContexts> lists;
    shard().rank_live(now(), n, lists);
    return lists;
  }

  const std::vector<test::ModelEvent> events_ = test::model_events(1, 4'000);
  std::unique_ptr<Model> model_;
};

class WithoutRepeats : public LiveRankingTest {
 protected:
  WithoutRepeats() : LiveRankingTest("exclude") {}
};

TEST_F(LiveRankingTest, TheListIsTheSameWhetherMoreIsKeptOrNot) {
  const RankedList plain = rank("u1", 10, 0);
  const RankedList with_more = rank("u1", 10, 20);
  EXPECT_TRUE(plain.live.kept.empty());
  EXPECT_EQ(with_more.live.kept.size(), 20U);
  ASSERT_EQ(plain.entries.size(), with_more.entries.size());
  std::set<std::string_view> items;
  for (std::size_t k = 0; k < plain.entries.size(); ++k) {
    EXPECT_EQ(plain.entries[k].item, with_more.entries[k].item);
    EXPECT_EQ(plain.entries[k].score, with_more.entries[k].score);
    EXPECT_EQ(plain.entries[k].why, with_more.entries[k].why);
    items.insert(with_more.entries[k].item);
  }
  for (const RankedEntry& entry : with_more.live.kept) items.insert(entry.item);
  EXPECT_EQ(items.size(), 30U);
}

TEST_F(LiveRankingTest, TheCommonPartIsTheSameForAllUsersOfAContext) {
  const auto lists = live(1'000);
  std::size_t compared = 0;
  for (const std::string user : {"u1", "u2", "u3"}) {
    const RankedList list = rank(user, 20, 20);
    const std::uint32_t context = context_of_part(list.live.history, list.live.last_take, now());
    std::map<std::string_view, float> common;
    for (const LiveRanking::Entry& entry : lists[context].entries) common[entry.item] = entry.common;
    for (const RankedEntry& entry : list.entries) {
      const auto found = common.find(entry.item);
      if (found == common.end()) continue;
      EXPECT_NEAR(found->second, entry.common, 1e-3F);
      ++compared;
    }
  }
  EXPECT_GT(compared, 40U);
}

TEST_F(LiveRankingTest, ALiveListHoldsTheGreatestCommonPartsInOrder) {
  const auto all = live(1'000);
  const auto some = live(10);
  for (std::size_t context = 0; context < kContexts; ++context) {
    ASSERT_EQ(some[context].entries.size(), 10U);
    for (std::size_t k = 0; k < 10; ++k)
      EXPECT_EQ(some[context].entries[k].item, all[context].entries[k].item);
    EXPECT_TRUE(std::ranges::is_sorted(all[context].entries, std::greater<>{}, &LiveRanking::Entry::common));
  }
}

TEST_F(LiveRankingTest, AHiddenItemIsInNoLiveList) {
  const std::string hidden(live(1)[3].entries[0].item);
  shard().set_hidden(hidden, true);
  for (const LiveRanking& list : live(1'000)) {
    for (const LiveRanking::Entry& entry : list.entries) EXPECT_NE(entry.item, hidden);
  }
}

TEST_F(LiveRankingTest, AMomentLaterADocumentMergedIsTheListMadeAnew) {
  const LiveLists live_lists(live(100));
  for (const std::string user : {"u1", "u2", "u3", "u4", "u5"}) {
    const RankedList list = rank(user, 10, 20);
    std::vector<std::uint64_t> expected;
    for (const RankedEntry& entry : list.entries) expected.push_back(hash_item_name(entry.item));
    EXPECT_EQ(live_lists.merged(LiveDocument(list), now(), 10), expected);
  }
}

TEST_F(LiveRankingTest, OfAnUnknownUserNothingIsPersonal) {
  RankedList list;
  shard().rank_unknown(now(), 10, list, 10);
  EXPECT_EQ(list.live.base, 0.0F);
  EXPECT_EQ(list.live.history, 0U);
  for (const RankedEntry& entry : list.entries) EXPECT_EQ(entry.common, entry.score);
}

// One user, who takes an item a minute.
class LiveBase : public testing::Test {
 protected:
  LiveBase() : model_(make()) { model_->shard(0).assign(kPartition); }

  [[nodiscard]] static std::unique_ptr<Model> make() {
    config::Options options;
    options.limits.max_items = 1'000;
    return std::make_unique<Model>(options, 1);
  }
  void take(const std::string& item) {
    test::learn(model_->shard(0), kPartition, {"u1", item, from_unix_ms(1'600'000'000'000 + taken_ * 60'000)},
                taken_);
    ++taken_;
  }
  [[nodiscard]] RankedList rank_ten() {
    RankedList list;
    const UserRef user = *model_->shard(0).find(kPartition, "u1");
    EXPECT_TRUE(model_->shard(0).rank(user, model_->shard(0).stream_time(), 10, list, 10));
    return list;
  }

 private:
  std::unique_ptr<Model> model_;
  std::int64_t taken_ = 0;
};

TEST_F(LiveBase, WithOneKnownItemIsNotThatItemsOwnPart) {
  for (int k = 0; k < 50; ++k) take("i1");
  const RankedList list = rank_ten();
  ASSERT_EQ(list.entries.size(), 1U);
  EXPECT_GT(own_part(list.entries[0]), round_part(static_cast<double>(list.live.base)))
      << "else a new item that moves as much as the user's own would be taken for the user's own, too";
}

TEST_F(LiveBase, IsFoundForAUserWhoHasTouchedEveryCandidateHoweverManyThereAre) {
  for (int k = 0; k < 400; ++k) take("i" + std::to_string(k));
  const RankedList list = rank_ten();
  ASSERT_EQ(list.entries.size(), 10U);
  EXPECT_TRUE(std::isfinite(list.live.base));
}

TEST_F(WithoutRepeats, WhatAUserHadComesBackByNoLiveList) {
  const LiveLists live_lists(live(1'000));
  for (const std::string user : {"u1", "u2", "u3"}) {
    const LiveDocument document(rank(user, 5, 0 + 1));
    std::set<std::uint64_t> had;
    for (const auto& event : events_) {
      if (event.user == user) had.insert(hash_item_name(event.item));
    }
    EXPECT_GT(had.size(), 30U);
    for (const std::uint64_t item : live_lists.merged(document, now(), 200)) EXPECT_FALSE(had.contains(item));
  }
}

TEST_F(WithoutRepeats, TheDocumentSaysOfAtMost256ItemsThatTheyWereHad) {
  EXPECT_LE(rank("u1", 5, 1).live.seen.size(), 256U);
  EXPECT_TRUE(rank("u1", 5, 0).live.seen.empty());
}

}  // namespace
}  // namespace sluice::model
