#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "model/signals/personal.h"
#include "support/model_events.h"

namespace sluice::model {
namespace {

using test::kPartition;
constexpr std::int64_t kMidnight = 1'700'006'400;  // seconds
using Features = std::map<std::string, float, std::less<>>;

Timestamp hour(std::int64_t hours) {
  return from_unix_ms((kMidnight + hours * 3'600) * 1'000);
}

// Columns of each item as the full scan has them, by name.
std::map<std::string, Features> features_of(Model& model, const std::string& user, Timestamp now) {
  std::map<std::string, Features> features;
  const auto names = column_names();
  const auto rows = model.items().index.live();
  model.shard(0).score_all(
      kPartition, user, now, [&](std::size_t first, const Columns& columns, std::span<const float> block) {
        for (std::size_t k = 0; k < block.size(); ++k) {
          Features& of = features[std::string(model.items().index.name(rows[first + k]))];
          for (std::size_t c = 0; c < names.size(); ++c) of[names[c]] = columns[c][k];
        }
      });
  return features;
}

float worth(float hours) {
  return 1 / std::sqrt(1 + hours);
}

// The formulas that the signal's header gives, by hand: an item taken twice, a basket of two between, now a
// week after the first take and at the hour of all others.
TEST(PersonalSignal, SaysOfEachItemWhatItsHeaderPromises) {
  Model model({}, 1);
  Shard& shard = model.shard(0);
  shard.assign(kPartition);
  test::learn(shard, kPartition, {"other", "never", hour(-1)}, 0);
  test::learn(shard, kPartition, {"u", "twice", hour(0)}, 1);
  const std::array<Line, 2> basket = {Line{"second", 1, 0, Offset{2}}, Line{"third", 1, 0, Offset{3}}};
  (void)shard.learn({kPartition, "u", hour(2), basket});
  test::learn(shard, kPartition, {"u", "twice", hour(26)}, 4);
  const auto features = features_of(model, "u", hour(7 * 24 + 2));

  const Features twice = {{"personal", std::log1p(worth(170) + worth(144))},
                          {"again_hour", std::log1p(worth(144))},
                          {"again_weekday", std::log1p(worth(170))},
                          {"again_after", 0},
                          {"had", 1},
                          {"rested", -std::log1p(144.0F)},
                          {"takes", std::log1p(2.0F)},
                          {"rhythm", 2 - std::abs(std::log(145.0F / 27.0F))},
                          {"last_basket", 1}};
  const float once = std::log1p(worth(168));
  const Features second = {{"personal", once},          {"again_hour", once}, {"again_weekday", once},
                           {"again_after", once},       {"had", 1},           {"rested", -std::log1p(168.0F)},
                           {"takes", std::log1p(1.0F)}, {"rhythm", 0},        {"last_basket", 0}};
  Features third = second;
  third["again_after"] = 0;
  Features never;
  for (const std::string_view name : PersonalSignal::kColumns) never[std::string(name)] = 0;
  const std::map<std::string, Features> expected = {
      {"twice", twice}, {"second", second}, {"third", third}, {"never", never}};
  for (const auto& [item, of] : expected) {
    for (const auto& [name, value] : of) {
      EXPECT_NEAR(features.at(item).at(name), value, 1e-5) << item << " " << name;
    }
  }
}

}  // namespace
}  // namespace sluice::model
