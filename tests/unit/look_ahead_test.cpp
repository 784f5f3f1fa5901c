#include "model/look_ahead.h"

#include <gtest/gtest.h>

#include <vector>

#include "model/model.h"

namespace sluice::model {
namespace {

TEST(LookAhead, AsksForEachEventOnceInOrderAndNeverFarAhead) {
  Model model(config::Options{}, 1);
  model.shard(0).assign(PartitionId{0});
  LookAhead ahead(model.shard(0));
  for (const std::size_t count : {0U, 1U, 5U, 31U, 32U, 33U, 512U}) {
    std::vector<std::size_t> asked;
    for (std::size_t at = 0; at < count; ++at) {
      ahead.before(at, count, [&](std::size_t k) {
        EXPECT_LT(k, at + LookAhead::kEvents);
        asked.push_back(k);
        return Shard::hint(PartitionId{k % 2 == 0 ? 0 : 1}, "unknown", "unknown");
      });
      ASSERT_GT(asked.size(), at);
    }
    ASSERT_EQ(asked.size(), count);
    for (std::size_t k = 0; k < count; ++k) EXPECT_EQ(asked[k], k);
  }
}

}  // namespace
}  // namespace sluice::model
