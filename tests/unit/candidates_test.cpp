#include "model/candidates.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "support/model_events.h"

namespace sluice::model {
namespace {

using test::kPartition;

// However few candidates the signals yield, a list is as long as the catalogue allows.
TEST(Candidates, AListIsFullWhereTheCatalogueHasEnoughItems) {
  config::Options options;
  options.ranking.candidates = 1;
  Model model(options, 1);
  model.shard(0).assign(kPartition);
  const auto events = test::model_events(1, 3'000, 40, 1'000);
  for (std::size_t k = 0; k < events.size(); ++k) {
    test::learn(model.shard(0), kPartition, events[k], static_cast<std::int64_t>(k));
  }
  const auto items = test::ranked_items(model.shard(0), kPartition, "u1", events.back().time, 900);
  EXPECT_EQ(items.size(), std::min<std::size_t>(900, model.stats().items));
  EXPECT_EQ(std::set<std::string>(items.begin(), items.end()).size(), items.size());
}

TEST(Candidates, AListIsAsLongAsTheCatalogueIfThatIsShorter) {
  Model model({}, 1);
  model.shard(0).assign(kPartition);
  const auto events = test::model_events(2, 200, 5, 8);
  for (std::size_t k = 0; k < events.size(); ++k) {
    test::learn(model.shard(0), kPartition, events[k], static_cast<std::int64_t>(k));
  }
  EXPECT_EQ(test::ranked_items(model.shard(0), kPartition, "u1", events.back().time, 20).size(),
            model.stats().items);
}

// Scores of all items as the full scan has them.
std::map<std::string, float> scan(Model& model, const std::string& user, Timestamp now) {
  std::map<std::string, float> scores;
  model.shard(0).score_all(kPartition, user, now,
                           [&](std::size_t first, const Columns&, std::span<const float> block) {
                             const auto rows = model.items().index.live();
                             for (std::size_t k = 0; k < block.size(); ++k) {
                               scores.emplace(model.items().index.name(rows[first + k]), block[k]);
                             }
                           });
  return scores;
}

// A list's items are scored in parts, some of which serve many lists; the sum is the very score of the item.
TEST(Candidates, AListHasTheScoresOfTheFullScanHoweverTheStreamGoesOn) {
  for (const int shards : {1, 2}) {
    Model model({}, shards);
    Shard& shard = model.shard(0);
    shard.assign(kPartition);
    const auto events = test::model_events(3, 3'000, 40, 1'000);
    const Timestamp now = events.back().time;
    RankedList list;
    std::size_t compared = 0;
    for (std::size_t k = 0; k < events.size(); ++k) {
      test::learn(shard, kPartition, events[k], static_cast<std::int64_t>(k));
      if (k % 500 == 250) model.merge();
      if (k < 2'900) continue;
      ASSERT_TRUE(shard.rank(*shard.find(kPartition, events[k].user), now, 50, list));
      const auto scores = scan(model, events[k].user, now);
      for (const RankedEntry& entry : list.entries) {
        EXPECT_NEAR(entry.score, scores.at(std::string(entry.item)), 1e-4) << entry.item << ", event " << k;
        ++compared;
      }
    }
    EXPECT_EQ(compared, 5'000U);
  }
}

}  // namespace
}  // namespace sluice::model
