#include "cli/prequential.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "model/baselines/baseline.h"
#include "model/random.h"
#include "model/rating.h"

namespace sluice::cli {
namespace {

using Event = Prequential::Event;

Timestamp minute(std::int64_t minutes) {
  return from_unix_ms(1'600'000'000'000 + minutes * 60'000);
}

std::vector<Event> random_stream(std::uint64_t seed, std::size_t count, std::int64_t step_ms = 60'000) {
  model::Random random(seed);
  std::vector<Event> events;
  for (std::size_t k = 0; k < count; ++k) {
    const std::uint32_t user = random.below(30);
    const std::uint32_t item = random.below(20) * 4 + user % 4;
    const Timestamp time = from_unix_ms(1'600'000'000'000 + static_cast<std::int64_t>(k) * step_ms);
    events.push_back({"u" + std::to_string(user), "i" + std::to_string(item), 1, 0, time});
  }
  return events;
}

PrequentialFigures run(const std::vector<Event>& events, Prequential::Options options = {},
                       std::map<std::uint64_t, std::uint64_t>* ranks = nullptr) {
  Prequential prequential(options, [&](std::uint64_t index, std::uint64_t rank) {
    if (ranks != nullptr) (*ranks)[index] = rank;
  });
  return prequential.run(events);
}

TEST(Prequential, AnItemNeverSeenBeforeIsAMiss) {
  std::vector<Event> events;
  for (int k = 0; k < 100; ++k) events.push_back({"u", "i" + std::to_string(k), 1, 0, minute(k)});
  const auto figures = run(events);
  EXPECT_EQ(figures.blend.scored, 90U);
  EXPECT_EQ(figures.blend.hits20, 0U);
}

Event control_event(ingest::Control::Kind kind, std::string user, std::string item, Timestamp time = {}) {
  return {std::move(user), std::move(item), 0, 0, time, false, kind};
}

TEST(Prequential, AHiddenItemIsNotRankedUntilItIsShownAgain) {
  using Kind = ingest::Control::Kind;
  for (const int shards : {1, 3}) {
    std::vector<Event> events;
    for (int k = 0; k < 300; ++k) {
      events.push_back({"u" + std::to_string(k % 10), k % 3 == 0 ? "top" : "other", 1, 0, minute(k)});
    }
    events.insert(events.begin() + 200, control_event(Kind::hide_item, "", "top"));
    events.insert(events.begin() + 250, control_event(Kind::show_item, "", "top"));
    std::map<std::uint64_t, std::uint64_t> ranks;
    Prequential::Options options;
    options.shards = shards;
    EXPECT_EQ(run(events, options, &ranks).events, 300U) << "control events are none";
    for (std::uint64_t index = 100; index < events.size(); ++index) {
      const bool is_hidden = index > 200 && index < 250;
      const bool is_scored = !events[index].control && !(is_hidden && events[index].item == "top");
      EXPECT_EQ(ranks.contains(index), is_scored) << index;
      if (is_hidden && is_scored) {
        EXPECT_EQ(ranks[index], 1U);
      }
    }
  }
}

TEST(Prequential, WhatIsTakenBackOrErasedIsForgotten) {
  using Kind = ingest::Control::Kind;
  Prequential::Options options;
  options.warm_up = 0;
  const std::vector<Event> events = {{"u", "i", 1, 0, minute(0)},
                                     {"v", "j", 1, 0, minute(0)},
                                     control_event(Kind::retract, "u", "i", minute(0)),
                                     {"u", "i", 1, 0, minute(1)},
                                     control_event(Kind::erase_user, "u", ""),
                                     {"u", "j", 1, 0, minute(2)}};
  std::map<std::uint64_t, std::uint64_t> ranks;
  const auto figures = run(events, options, &ranks);
  EXPECT_EQ(figures.events, 4U);
  EXPECT_EQ(figures.new_users.scored, 3U) << "two the first time, and one after the erasure";
  EXPECT_EQ(ranks[3], 0U) << "nobody has taken it, as far as is known";
}

TEST(Prequential, FiguresLeaveOutTheFirstTenth) {
  const auto figures = run(random_stream(1, 1'000));
  EXPECT_EQ(figures.events, 1'000U);
  EXPECT_EQ(figures.blend.scored, 900U);
}

// An invoice's own lines would betray each other: here every basket holds two new items only.
TEST(Prequential, LinesOfOneUserAtOneTimestampDoNotHelpEachOther) {
  std::vector<Event> events;
  for (int k = 0; k < 200; ++k) {
    const std::string item = "i" + std::to_string(k);
    events.push_back({"a", item, 1, 0, minute(k)});
    events.push_back({"b", "x", 1, 0, minute(k)});  // others may lie between
    events.push_back({"a", item, 1, 0, minute(k)});
  }
  std::map<std::uint64_t, std::uint64_t> ranks;
  (void)run(events, {}, &ranks);
  for (const auto& [index, rank] : ranks) {
    if (index % 3 == 1) continue;
    EXPECT_EQ(rank, 0U) << index;
  }
}

TEST(Prequential, ExcludedRepeatsAreLearnedButNotScored) {
  const auto events = random_stream(2, 2'000);
  Prequential::Options options;
  options.config.ranking.repeats = "exclude";
  const auto figures = run(events, options);
  std::map<std::string, int> pairs;
  std::uint64_t first_takes = 0;
  for (std::size_t k = 0; k < events.size(); ++k) {
    const bool first = ++pairs[events[k].user + "/" + events[k].item] == 1;
    if (first && k >= events.size() / 10) ++first_takes;
  }
  EXPECT_EQ(figures.blend.scored, first_takes);
}

TEST(Prequential, NegativeEventsAreLearnedNeverScored) {
  auto events = random_stream(3, 1'000);
  for (std::size_t k = 0; k < events.size(); k += 2) events[k].weight = -1;
  EXPECT_EQ(run(events).blend.scored, 450U);
}

TEST(Prequential, TheSameSeedGivesTheSameRanks) {
  const auto events = random_stream(4, 1'500);
  std::map<std::uint64_t, std::uint64_t> first;
  std::map<std::uint64_t, std::uint64_t> second;
  (void)run(events, {}, &first);
  (void)run(events, {}, &second);
  EXPECT_EQ(first, second);
}

TEST(Prequential, ScoringFewerEventsDoesNotChangeTheirRanks) {
  const auto events = random_stream(5, 1'500);
  std::map<std::uint64_t, std::uint64_t> all;
  std::map<std::uint64_t, std::uint64_t> some;
  (void)run(events, {}, &all);
  Prequential::Options sparse;
  sparse.score_every = 7;
  (void)run(events, sparse, &some);
  ASSERT_FALSE(some.empty());
  for (const auto& [index, rank] : some) {
    EXPECT_EQ(index % 7, 0U);
    EXPECT_EQ(rank, all.at(index)) << index;
  }
}

TEST(Prequential, APersonalStreamIsPredictedBetterThanByPopularity) {
  const auto figures = run(random_stream(6, 5'000));
  EXPECT_GT(figures.blend.hits10, figures.parts.at("pop_all").hits10);
}

TEST(Prequential, TellsHowManyOfTheBestItemsAreAmongTheCandidates) {
  const auto small = run(random_stream(9, 2'000));  // all items are common candidates
  EXPECT_EQ(small.candidates_recall10, 1.0);

  model::Random random(10);
  std::vector<Event> events;
  for (std::int64_t k = 0; k < 3'000; ++k) {
    events.push_back({"u" + std::to_string(random.below(100)), "i" + std::to_string(random.below(2'000)), 1,
                      0, minute(k)});
  }
  Prequential::Options options;
  options.config.ranking.candidates = 10;
  options.shards = 2;
  const auto narrow = run(events, options);
  ASSERT_TRUE(narrow.candidates_recall10.has_value());
  EXPECT_GT(*narrow.candidates_recall10, 0.0);
  EXPECT_LT(*narrow.candidates_recall10, 1.0);

  options.config.model.ranker = "item_knn";
  options.shards = 1;
  EXPECT_FALSE(run(events, options).candidates_recall10.has_value());
}

TEST(Prequential, SeveralShardsComeCloseToOne) {
  // Several events to an epoch.
  const auto events = random_stream(7, 5'000, 1'500);
  const auto one = run(events);
  for (const int shards : {2, 8}) {
    Prequential::Options options;
    options.shards = shards;
    const auto many = run(events, options);
    EXPECT_EQ(many.blend.scored, one.blend.scored);
    EXPECT_EQ(many.items, one.items);
    EXPECT_NEAR(static_cast<double>(many.blend.hits10), static_cast<double>(one.blend.hits10),
                0.1 * static_cast<double>(one.blend.hits10));
  }
}

TEST(PrequentialOfBaselines, EachScoresTheSameEventsAsTheModel) {
  auto events = random_stream(8, 1'500);
  for (std::size_t k = 0; k < events.size(); k += 9) events[k].weight = -1;
  for (const std::string repeats : {"include", "exclude"}) {
    Prequential::Options options;
    options.config.ranking.repeats = repeats;
    std::map<std::uint64_t, std::uint64_t> of_model;
    const auto model = run(events, options, &of_model);
    for (const auto& info : baselines::baseline_infos()) {
      options.config.model.ranker = info.name;
      std::map<std::uint64_t, std::uint64_t> of_baseline;
      const auto baseline = run(events, options, &of_baseline);
      EXPECT_EQ(baseline.users, model.users) << info.name;
      EXPECT_EQ(baseline.items, model.items) << info.name;
      EXPECT_EQ(baseline.new_users.scored, model.new_users.scored) << info.name;
      EXPECT_TRUE(baseline.parts.empty());
      ASSERT_EQ(of_baseline.size(), of_model.size()) << info.name << ' ' << repeats;
      for (const auto& [index, rank] : of_baseline) {
        ASSERT_TRUE(of_model.contains(index)) << info.name;
        EXPECT_EQ(rank == 0, of_model.at(index) == 0) << info.name;  // misses for not being known
      }
    }
  }
}

// The popularity column of the model and the baseline are the same method by two ways.
TEST(PrequentialOfBaselines, PopularityHasTheHitsOfTheModelsColumn) {
  const auto events = random_stream(9, 3'000);
  Prequential::Options options;
  const auto model = run(events, options);
  options.config.model.ranker = "popularity";
  EXPECT_EQ(run(events, options).blend.hits10, model.parts.at("pop_all").hits10);
  options.config.model.parameters["half_life_hours"] = 24;
  EXPECT_NEAR(static_cast<double>(run(events, options).blend.hits10),
              static_cast<double>(model.parts.at("pop_1d").hits10), 3);
}

TEST(PrequentialOfBaselines, TheSameSeedGivesTheSameRanks) {
  const auto events = random_stream(10, 1'000);
  for (const auto& info : baselines::baseline_infos()) {
    Prequential::Options options;
    options.config.model.ranker = info.name;
    std::map<std::uint64_t, std::uint64_t> first;
    std::map<std::uint64_t, std::uint64_t> second;
    (void)run(events, options, &first);
    (void)run(events, options, &second);
    EXPECT_EQ(first, second) << info.name;
  }
}

// Users alternate between two values; the first prediction of an unseen value is clamped to the range so far.
TEST(PrequentialOfRatings, ErrorsAreThoseOfPredictionsClampedToTheRangeSeen) {
  std::vector<Event> events;
  for (int k = 0; k < 100; ++k) events.push_back({"u", "i", 1, 3, minute(k)});
  events.push_back({"u", "i", 1, 5, minute(100)});
  Prequential::Options options;
  options.config.model.objective = "rating";
  const auto figures = run(events, options);
  EXPECT_EQ(figures.errors.predicted, 91U);
  EXPECT_NEAR(figures.errors.mae(), 2.0 / 91, 1e-9);  // 3 exactly, and off by 2 at the last
  EXPECT_NEAR(figures.errors.rmse(), std::sqrt(4.0 / 91), 1e-9);
}

// The same predictor beside it, clamped by the test.
TEST(PrequentialOfRatings, PredictionsBeyondTheRangeSeenAreClamped) {
  auto events = random_stream(13, 600);
  for (std::size_t k = 0; k < events.size(); ++k) {
    events[k].value =
        (events[k].user.back() + events[k].item.back()) % 3 == 0 ? 5.0F : static_cast<float>(k % 2);
  }
  Prequential::Options options;
  options.config.model.objective = "rating";
  const auto figures = run(events, options);

  model::RatingPredictor predictor(options.config.seed);
  std::map<std::string, std::uint32_t> users;
  std::map<std::string, std::uint32_t> items;
  const auto number = [](auto& numbers, const std::string& name) {
    return numbers.try_emplace(name, static_cast<std::uint32_t>(numbers.size())).first->second;
  };
  double sum = 0;
  int beyond = 0;
  for (std::size_t k = 0; k < events.size(); ++k) {
    const Event& event = events[k];
    const std::uint32_t user = number(users, event.user);
    const std::uint32_t item = number(items, event.item);
    const auto predicted = static_cast<double>(predictor.predict(user, item, event.time));
    if (k >= events.size() / 10) {
      sum += std::abs(static_cast<double>(event.value) - std::clamp(predicted, 0.0, 5.0));
      beyond += static_cast<int>(predicted < 0 || predicted > 5);
    }
    const model::RatingPredictor::Rated rated{item, event.value};
    predictor.learn(user, event.time, {&rated, 1});
  }
  EXPECT_GT(beyond, 0);
  EXPECT_NEAR(figures.errors.mae(), sum / static_cast<double>(figures.errors.predicted), 1e-6);
}

TEST(PrequentialOfRatings, EventsWithoutAValueAreNoErrors) {
  auto events = random_stream(11, 500);
  for (std::size_t k = 0; k < events.size(); ++k) {
    events[k].value = static_cast<float>(k % 5);
    events[k].has_value = k % 2 == 0;
  }
  Prequential::Options options;
  options.config.model.objective = "rating";
  const auto figures = run(events, options);
  EXPECT_EQ(figures.errors.predicted, 225U);
  EXPECT_EQ(figures.blend.scored, 450U);
}

TEST(PrequentialOfRatings, TheModelPredictsNoValues) {
  EXPECT_EQ(run(random_stream(12, 500)).errors.predicted, 0U);
}

}  // namespace
}  // namespace sluice::cli
