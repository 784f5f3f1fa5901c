#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/prequential.h"
#include "model/random.h"

namespace sluice::cli {
namespace {

using Event = Prequential::Event;
using Published = PrequentialFigures::Published;
using std::chrono::milliseconds;

// What is new is all that is taken, by everybody, and only for ten minutes.
std::vector<Event> fashions(std::size_t count) {
  model::Random random(1);
  std::vector<Event> events;
  for (std::size_t k = 0; k < count; ++k) {
    const std::string item = "i" + std::to_string(k / 60 * 3 + random.below(3));
    events.push_back({"u" + std::to_string(random.below(200)), item, 1, 0,
                      from_unix_ms(1'600'000'000'000 + static_cast<std::int64_t>(k) * 10'000)});
  }
  return events;
}

Published run(const std::vector<Event>& events, const config::PublishOptions& publish, bool merge = true,
              RankSums* main = nullptr) {
  Prequential::Options options;
  options.config.publish = publish;
  options.published = true;
  options.merge = merge;
  const PrequentialFigures figures = Prequential(options).run(events);
  if (main != nullptr) *main = figures.blend;
  return *figures.published;
}

double rate(const RankSums& sums) {
  return sums.mean(static_cast<double>(sums.hits10));
}

TEST(PublishedLists, MadeEachSecondTheyAreAsGoodAsRequestedOnes) {
  config::PublishOptions publish;
  publish.max_age = std::chrono::seconds{1};
  const Published figures = run(fashions(3'000), publish);
  EXPECT_GT(rate(figures.requested), 0.8);
  EXPECT_NEAR(rate(figures.unmerged), rate(figures.requested), 0.01);
  EXPECT_NEAR(rate(figures.merged), rate(figures.requested), 0.01);
}

TEST(PublishedLists, OldOnesAreWorthlessUntilTheyAreMerged) {
  config::PublishOptions publish;
  publish.max_age = std::chrono::hours{24};
  const Published figures = run(fashions(3'000), publish);
  EXPECT_LT(rate(figures.unmerged), 0.7 * rate(figures.requested));
  EXPECT_GT(rate(figures.merged), 0.95 * rate(figures.requested));
}

TEST(PublishedLists, TheMainFiguresAreThoseOfTheReaderAskedFor) {
  config::PublishOptions publish;
  publish.max_age = std::chrono::hours{24};
  const auto events = fashions(1'000);
  RankSums main;
  const Published merged = run(events, publish, true, &main);
  EXPECT_EQ(main.hits10, merged.merged.hits10);
  const Published unmerged = run(events, publish, false, &main);
  EXPECT_EQ(main.hits10, unmerged.unmerged.hits10);
  EXPECT_EQ(merged.requested.scored, main.scored);
}

// A user's second event a moment after the first meets the list from before both.
TEST(PublishedLists, AListThatLingersIsNotSeen) {
  std::vector<Event> events;
  for (int k = 0; k < 400; ++k) {  // everybody takes a or b once; then each takes his own again 20 ms later
    const Timestamp time = from_unix_ms(1'600'000'000'000 + k * 1'000'000LL);
    const std::string user = "u" + std::to_string(k);
    events.push_back({user, "own" + std::to_string(k), 1, 0, time});
    events.push_back({user, "own" + std::to_string(k), 1, 0, time + milliseconds{20}});
  }
  config::PublishOptions publish;
  publish.live_interval = milliseconds{1000};
  EXPECT_EQ(run(events, publish).merged.hits10, 0U);
  publish.linger = milliseconds{10};
  EXPECT_EQ(run(events, publish).unmerged.hits10, 360U);
}

}  // namespace
}  // namespace sluice::cli
