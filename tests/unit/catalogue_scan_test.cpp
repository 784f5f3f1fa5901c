#include "model/catalogue_scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "support/model_events.h"

namespace sluice::model {
namespace {

using test::kPartition;
constexpr std::size_t kListed = 10;

struct Case {
  std::string repeats;
  std::uint32_t users;  // in one scan
  std::uint32_t items;
};

class CatalogueScanTest : public testing::TestWithParam<Case> {
 protected:
  CatalogueScanTest() : model_(options(), 1) {
    model_.shard(0).assign(kPartition);
    const auto events = test::model_events(17, 20'000, 300, GetParam().items);
    test::learn_all(model_.shard(0), kPartition, events);
    now_ = events.back().time + std::chrono::hours{3};
    model_.shard(0).set_hidden("i4", true);
    for (std::uint32_t k = 0; k < GetParam().users; ++k) {
      names_.push_back("u" + std::to_string(k));
      users_.push_back(model_.shard(0).find(kPartition, names_.back()).value());
    }
  }
  static config::Options options() {
    config::Options options;
    options.ranking.repeats = GetParam().repeats;
    return options;
  }

  // Scores of what a list may hold, one user at a time, by row.
  std::map<ItemRow, float> scored_alone(const std::string& name) {
    std::map<ItemRow, float> scores;
    const User* const user = model_.shard(0).user(kPartition, name);
    const ItemIndex& index = model_.items().index;
    model_.shard(0).score_all(
        kPartition, name, now_, [&](std::size_t first, const Columns&, std::span<const float> block) {
          for (std::size_t k = 0; k < block.size(); ++k) {
            const ItemRow row = index.live()[first + k];
            const bool had =
                user != nullptr && user->seen.contains(index.id_of(row), [] { return std::uint64_t{0}; });
            if (index.name(row) == "i4" || (had && GetParam().repeats == "exclude")) continue;
            scores[row] = block[k];
          }
        });
    return scores;
  }

  Model model_;
  Timestamp now_;
  std::vector<std::string> names_;
  std::vector<UserRef> users_;
};

TEST_P(CatalogueScanTest, FindsTheBestOfAllScoresForEveryUser) {
  const CatalogueScan& scan = model_.shard(0).scan(users_, now_, kListed);
  std::set<std::uint32_t> contexts;
  for (std::size_t u = 0; u < users_.size(); ++u) {
    SCOPED_TRACE(names_[u]);
    contexts.insert(moment_of(model_.shard(0).user(kPartition, names_[u]), now_).context);
    const std::map<ItemRow, float> scores = scored_alone(names_[u]);
    std::vector<float> best;
    for (const auto& [row, score] : scores) best.push_back(score);
    std::ranges::sort(best, std::greater<>());
    const auto found = scan.best(u);
    ASSERT_EQ(found.size(), std::min(kListed, best.size()));
    std::set<ItemRow> rows;
    for (std::size_t k = 0; k < found.size(); ++k) {
      rows.insert(found[k].row);
      EXPECT_NEAR(found[k].score, best[k], 1e-3F) << "entry " << k;
      ASSERT_TRUE(scores.contains(found[k].row)) << model_.items().index.name(found[k].row);
      EXPECT_NEAR(found[k].score, scores.at(found[k].row), 1e-3F) << "entry " << k;
    }
    EXPECT_EQ(rows.size(), found.size());
  }
  if (users_.size() > 64) {
    EXPECT_GT(contexts.size(), 1U);
  }
}

TEST_P(CatalogueScanTest, AUserWhoIsGoneGetsNothingAndTheOthersTheirs) {
  const CatalogueScan& scan = model_.shard(0).scan(users_, now_, kListed);
  const std::vector<CatalogueScan::Best> before(scan.best(1).begin(), scan.best(1).end());
  ASSERT_TRUE(model_.shard(0).erase(kPartition, names_[0]));
  (void)model_.shard(0).scan(users_, now_, kListed);
  EXPECT_TRUE(scan.best(0).empty());
  ASSERT_EQ(scan.best(1).size(), before.size());
  for (std::size_t k = 0; k < before.size(); ++k) EXPECT_EQ(scan.best(1)[k].row, before[k].row);
}

INSTANTIATE_TEST_SUITE_P(Catalogues, CatalogueScanTest,
                         testing::Values(Case{"include", 100, 1'000}, Case{"exclude", 100, 1'000},
                                         Case{"include", 3, 256}, Case{"exclude", 9, 20},
                                         Case{"include", 2, 260}));

}  // namespace
}  // namespace sluice::model
