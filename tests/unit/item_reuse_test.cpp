#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "model/model.h"
#include "support/model_events.h"

namespace sluice::model {
namespace {

// Rows of items that went are used again: nothing that was learned of the old item may count for the new one.
class ItemReuse : public ::testing::Test {
 protected:
  static constexpr PartitionId kHome{0};

  ItemReuse() : model_(make()) { take("reader", "a"); }

  [[nodiscard]] static std::unique_ptr<Model> make() {
    config::Options options;
    options.limits.max_items = 2;
    options.limits.taught_per_day = 0;
    options.ranking.repeats = "exclude";
    auto model = std::make_unique<Model>(options, 1);
    model->shard(0).assign(kHome);
    return model;
  }
  void take(const std::string& user, const std::string& item) {
    ++events_;
    test::learn(model_->shard(0), kHome, {user, item, now()}, events_);
  }
  // "a" stays, because somebody takes it each time; the other item makes room for the new one.
  void replace_other(const std::string& item) {
    take("keeper", "a");
    take("taker of " + item, item);
    ASSERT_TRUE(id("a").has_value() && id(item).has_value() && model_->stats().items == 2);
  }
  [[nodiscard]] Timestamp now() const { return from_unix_ms(1'600'000'000'000 + events_ * 1'000); }
  [[nodiscard]] std::optional<ItemId> id(const std::string& item) const {
    const ItemId found = model_->items().index.find(item);
    return found == ItemIndex::kNoItem ? std::nullopt : std::optional(found);
  }
  // What the column says of the item for that user.
  [[nodiscard]] float column(const std::string& user, std::string_view name, const std::string& item) {
    const auto names = model_->columns();
    const auto place = static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
    const std::size_t wanted = model_->items().index.live_place(row_of(id(item).value()));
    float value = -1;
    model_->shard(0).score_all(kHome, user, now(),
                               [&](std::size_t first, const Columns& columns, std::span<const float>) {
                                 if (first <= wanted && wanted < first + columns.rows())
                                   value = columns[place][wanted - first];
                               });
    return value;
  }
  [[nodiscard]] bool is_offered(const std::string& user, const std::string& item) {
    const auto items = test::ranked_items(model_->shard(0), kHome, user, now(), 10);
    return std::ranges::find(items, item) != items.end();
  }
  void expect_unconnected(const std::string& item) {
    for (const char* const name : {"had", "personal", "takes"})
      EXPECT_EQ(column("old", name, item), 0) << name << " of " << item;
    for (const char* const user : {"old", "keeper", "reader"}) {
      for (const char* const name : {"covisit", "longterm"})
        EXPECT_EQ(column(user, name, item), 0) << user << ": " << name << " of " << item;
    }
    EXPECT_TRUE(is_offered("old", item)) << "it counts as one that the user had";
  }
  void restart() {
    const auto items = test::saved_items(*model_);
    const auto users = test::saved_users(model_->shard(0), kHome);
    model_ = make();
    ByteReader item_reader(items);
    ASSERT_TRUE(model_->load_items(item_reader));
    ByteReader user_reader(users);
    ASSERT_TRUE(model_->shard(0).load_users(kHome, user_reader));
  }

  std::unique_ptr<Model> model_;
  std::int64_t events_ = 0;
};

TEST_F(ItemReuse, WhoTakesAnItemHasTakenItAlsoWhereTheGenerationBeginsAgain) {
  for (int k = 0; k < 600; ++k) {
    const std::string item = "n" + std::to_string(k);
    replace_other(item);
    ASSERT_GT(column("taker of " + item, "had", item), 0) << item;
  }
}

TEST_F(ItemReuse, WhatWasLearnedOfTheItemBeforeCountsNothing) {
  take("old", "a");
  take("old", "b");
  take("keeper", "a");
  take("keeper", "b");
  const ItemId before = id("b").value();
  EXPECT_GT(column("old", "had", "b"), 0);
  EXPECT_GT(column("reader", "covisit", "b"), 0);
  replace_other("x");
  ASSERT_EQ(row_of(id("x").value()), row_of(before));
  expect_unconnected("x");
  take("old", "a");  // nor does the old one teach, as what that user took before
  expect_unconnected("x");
}

TEST_F(ItemReuse, NorWhenGenerationsBeganAgain) {
  take("old", "a");
  take("old", "b");
  const ItemId before = id("b").value();
  std::string item;
  for (int k = 0; model_->items().index.wraps() == 0 || id(item) != before; ++k) {
    ASSERT_LT(k, 1'000);
    item = "x" + std::to_string(k);
    replace_other(item);
  }
  expect_unconnected(item);
  restart();
  expect_unconnected(item);
  take("old", "a");
  expect_unconnected(item);
}

}  // namespace
}  // namespace sluice::model
