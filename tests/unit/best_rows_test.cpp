#include "model/best_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "model/random.h"

namespace sluice::model {
namespace {

struct Scored {
  std::vector<float> scores;
  std::vector<ItemRow> rows;
};

// Few distinct scores of either sign, so that many are equal; rows in no order.
Scored scored(std::size_t size, std::uint32_t distinct, Random& random) {
  Scored all;
  for (std::uint32_t k = 0; k < size; ++k) {
    all.scores.push_back(static_cast<float>(random.below(distinct)) - static_cast<float>(distinct) / 2.0F);
    all.rows.push_back(k * 7'919 % 100'003);
  }
  return all;
}

std::vector<std::uint32_t> sorted_places(const Scored& all, std::size_t n) {
  std::vector<std::uint32_t> places(all.scores.size());
  std::iota(places.begin(), places.end(), 0U);
  std::ranges::sort(places, [&](std::uint32_t a, std::uint32_t b) {
    return all.scores[a] != all.scores[b] ? all.scores[a] > all.scores[b] : all.rows[a] < all.rows[b];
  });
  places.resize(std::min(n, places.size()));
  return places;
}

std::vector<std::uint32_t> taken_places(BestRows& best, const Scored& all, std::size_t n) {
  std::vector<std::uint32_t> places;
  for (const BestRows::Entry& entry : best.take(all.scores, all.rows, n)) {
    EXPECT_EQ(entry.row, all.rows[entry.place]);
    places.push_back(entry.place);
  }
  return places;
}

TEST(BestRows, AreThoseThatSortingPutsFirst) {
  Random random(5);
  BestRows best;
  for (const std::size_t size : {0, 1, 15, 95, 96, 97, 500, 2'000}) {
    for (const std::uint32_t distinct : {1U, 3U, 40U, 1'000'000U}) {
      const Scored all = scored(size, distinct, random);
      for (const std::size_t n : {0, 1, 10, 20, 100, 3'000}) {
        EXPECT_EQ(taken_places(best, all, n), sorted_places(all, n))
            << n << " of " << size << " with " << distinct << " scores";
      }
    }
  }
}

TEST(BestRows, EitherZeroIsTheSameAndTheLeastRanksLast) {
  BestRows best;
  const Scored all = {{-0.0F, 0.0F, -std::numeric_limits<float>::infinity(), 1e-30F}, {1, 2, 3, 4}};
  EXPECT_EQ(taken_places(best, all, 4), (std::vector<std::uint32_t>{3, 0, 1, 2}));
}

}  // namespace
}  // namespace sluice::model
