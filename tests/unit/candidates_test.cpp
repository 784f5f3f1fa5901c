#include "model/candidates.h"

#include <gtest/gtest.h>

#include <set>

#include "support/model_events.h"

namespace sluice::model {
namespace {

constexpr PartitionId kPartition{0};

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

}  // namespace
}  // namespace sluice::model
