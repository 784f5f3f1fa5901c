#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <thread>

#include "support/model_events.h"

namespace sluice::model {
namespace {

using test::kPartition;

void learn_range(Model& model, const std::vector<test::ModelEvent>& events, std::size_t first,
                 std::size_t last) {
  for (std::size_t k = first; k < last; ++k) {
    test::learn(model.shard(0), kPartition, events[k], static_cast<std::int64_t>(k));
    if (k % 500 == 0) model.merge();
  }
}

// Promise 2: snapshot plus the later events is the uninterrupted run, to the bit.
TEST(ModelSnapshot, ContinuingFromASnapshotIsTheUninterruptedRunBitByBit) {
  for (const char* repeats : {"include", "exclude"}) {
    config::Options options;
    options.ranking.repeats = repeats;
    const auto events = test::model_events(7, 4'000);
    Model whole(options, 1);
    whole.shard(0).assign(kPartition);
    learn_range(whole, events, 0, events.size());

    Model first(options, 1);
    first.shard(0).assign(kPartition);
    learn_range(first, events, 0, 2'345);
    const auto items = test::saved_items(first);
    const auto users = test::saved_users(first.shard(0), kPartition);

    Model second(options, 1);
    ByteReader item_reader(items);
    ASSERT_TRUE(second.load_items(item_reader));
    ByteReader user_reader(users);
    ASSERT_TRUE(second.shard(0).load_users(kPartition, user_reader));
    EXPECT_EQ(test::saved_items(second), items);
    learn_range(second, events, 2'345, events.size());
    EXPECT_EQ(test::saved_items(second), test::saved_items(whole));
    EXPECT_EQ(test::saved_users(second.shard(0), kPartition), test::saved_users(whole.shard(0), kPartition));
  }
}

// A program with other signals keeps what is known of items; only how they count is learned anew.
TEST(ModelSnapshot, ABlendOfOtherColumnsBeginsAnewBesideTheItemsThatWereKept) {
  const auto events = test::model_events(9, 1'000);
  Model from({}, 1);
  from.shard(0).assign(kPartition);
  learn_range(from, events, 0, events.size());
  auto items = test::saved_items(from);
  const std::string name = "pop_7d^2";
  const auto at = std::search(items.begin(), items.end(), name.begin(), name.end(),
                              [](std::byte a, char b) { return a == static_cast<std::byte>(b); });
  ASSERT_NE(at, items.end());
  *at = std::byte{'x'};

  Model to({}, 1);
  ByteReader reader(items);
  ASSERT_TRUE(to.load_items(reader));
  EXPECT_EQ(to.stats().items, from.stats().items);
  to.shard(0).assign(kPartition);
  learn_range(to, events, 0, 10);
  EXPECT_EQ(test::ranked_items(to.shard(0), kPartition, events[9].user, events.back().time, 10).size(), 10U);
}

// Else a service could be started some dozens of times, and then never again.
TEST(ModelSnapshot, RowsThatShardsHoldInReserveAreFreeAgainAfterAStart) {
  Model first({}, 2);
  first.shard(0).assign(kPartition);
  learn_range(first, test::model_events(9, 1'000), 0, 1'000);
  first.merge();
  const ItemRow rows = first.items().index.rows();
  auto items = test::saved_items(first);
  for (int start = 0; start < 50; ++start) {
    Model next({}, 2);
    ByteReader reader(items);
    ASSERT_TRUE(next.load_items(reader)) << start;
    EXPECT_EQ(next.items().index.rows(), rows) << start;
    items = test::saved_items(next);
  }
}

TEST(ModelSnapshot, UsersMoveToAnotherInstanceByNameWithoutTheirFactors) {
  config::Options a;
  a.instance = "a";
  config::Options b;
  b.instance = "b";
  const auto events = test::model_events(8, 1'000);
  Model from(a, 1);
  from.shard(0).assign(kPartition);
  learn_range(from, events, 0, events.size());
  Model to(b, 1);
  to.shard(0).assign(PartitionId{1});
  test::learn(to.shard(0), PartitionId{1}, {"somebody", "i77", events.back().time},
              0);  // other rows than in a
  const auto bytes = test::saved_users(from.shard(0), kPartition);
  to.know_items(bytes);
  ByteReader reader(bytes);
  ASSERT_TRUE(to.shard(0).load_users(kPartition, reader));
  EXPECT_EQ(to.stats().restarted_factors, from.stats().users);
  const User* before = from.shard(0).user(kPartition, "u3");
  const User* after = to.shard(0).user(kPartition, "u3");
  ASSERT_TRUE(before != nullptr && after != nullptr);
  ASSERT_EQ(after->history.size(), before->history.size());
  for (std::size_t k = 0; k < before->history.size(); ++k) {
    EXPECT_EQ(to.items().index.name(row_of(after->history[k].item)),
              from.items().index.name(row_of(before->history[k].item)));
  }
  EXPECT_EQ(after->factors[0], 0.0F);
}

// Each shard's thread loads its own partitions at a boundary; what they share must not change under them.
TEST(ModelSnapshot, ShardsLoadTheirPartitionsSideBySide) {
  constexpr int kShards = 4;
  const auto events = test::model_events(10, 4'000, 300, 3'000);
  std::vector<std::vector<std::byte>> sections;
  for (int shard = 0; shard < kShards; ++shard) {
    Model from({}, 1);
    from.shard(0).assign(kPartition);
    learn_range(from, events, 0, events.size());
    sections.push_back(test::saved_users(from.shard(0), kPartition));
  }
  Model to({}, kShards);
  for (const auto& section : sections) to.know_items(section);
  const std::uint64_t items = to.items().index.size();
  std::vector<std::thread> threads;
  for (int shard = 0; shard < kShards; ++shard) {
    threads.emplace_back([&, shard] {
      ByteReader reader(sections[static_cast<std::size_t>(shard)]);
      EXPECT_TRUE(to.shard(shard).load_users(PartitionId{shard}, reader));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(to.items().index.size(), items);
  for (int shard = 0; shard < kShards; ++shard) {
    to.shard(shard).visit_users(PartitionId{shard}, [&](std::string_view, const User& user) {
      for (const HistoryEntry& entry : user.history) EXPECT_TRUE(to.items().index.alive(entry.item));
    });
  }
}

TEST(ModelSnapshot, WithoutItsItemsASectionLoadsButTheyAreForgotten) {
  Model from({}, 1);
  from.shard(0).assign(kPartition);
  learn_range(from, test::model_events(11, 200, 5, 20), 0, 200);
  const auto section = test::saved_users(from.shard(0), kPartition);
  Model to({}, 1);
  ByteReader reader(section);
  ASSERT_TRUE(to.shard(0).load_users(kPartition, reader));
  EXPECT_EQ(to.items().index.size(), 0U);
  EXPECT_EQ(to.shard(0).users(), from.shard(0).users());
  to.shard(0).visit_users(kPartition,
                          [](std::string_view, const User& user) { EXPECT_TRUE(user.history.empty()); });
}

std::vector<std::byte> fixture(const std::string& name) {
  std::ifstream file(std::filesystem::path(SLUICE_TESTS_DIR) / "fixtures" / name, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::byte> section(bytes.size());
  std::memcpy(section.data(), bytes.data(), bytes.size());
  return section;
}

// The files hold the same users: 60 events of model_events(12, 60, 6, 40), then u4 was erased.
TEST(ModelSnapshot, UsersOfEachVersionStayLoadable) {
  for (const char* name : {"users_v1.bin", "users_v2.bin", "users_v3.bin"}) {
    SCOPED_TRACE(name);
    const auto section = fixture(name);
    config::Options options;
    options.instance = "golden";
    Model model(options, 1);
    model.know_items(section);
    ByteReader reader(section);
    ASSERT_TRUE(model.shard(0).load_users(kPartition, reader));
    EXPECT_EQ(model.shard(0).user(kPartition, "u4"), nullptr);
    EXPECT_EQ(model.stats().restarted_factors, 0U);
    std::map<std::string, std::vector<std::string>> taken;
    for (const test::ModelEvent& event : test::model_events(12, 60, 6, 40)) {
      if (event.user != "u4") taken[event.user].push_back(event.item);
    }
    EXPECT_EQ(model.stats().users, taken.size());
    for (const auto& [user, items] : taken) {
      const User* const loaded = model.shard(0).user(kPartition, user);
      ASSERT_NE(loaded, nullptr) << user;
      EXPECT_EQ(loaded->events, items.size());
      EXPECT_NE(loaded->factors[0], 0.0F);
      EXPECT_EQ(loaded->taught > 0, std::string(name) == "users_v3.bin");
      const std::size_t distinct = std::set<std::string>(items.begin(), items.end()).size();
      EXPECT_EQ(loaded->seen.exact().size(), std::min<std::size_t>(distinct, 4));
      EXPECT_EQ(loaded->seen.bloom().empty(), distinct <= 4);
      std::vector<std::string> names;
      for (const HistoryEntry& entry : loaded->history) {
        names.emplace_back(model.items().index.name(row_of(entry.item)));
      }
      EXPECT_EQ(names, items) << user;
    }
  }
}

// An item's row of neighbours, read from there, as version 2 put it: one landmark, items and weights in two
// arrays.
void put_without_sets(ByteReader& in, ByteWriter& out) {
  NeighbourTable table(test::no_items(), 1, std::chrono::days(30));
  ASSERT_TRUE(table.load_row(0, in));
  std::int32_t mark = 0;
  std::vector<ItemId> items;
  std::vector<float> weights;
  for (const NeighbourSet& set : table[0].sets) {
    if (set.count() > 0) mark = set.mark();
    items.insert(items.end(), set.items.begin(), set.items.begin() + set.count());
    weights.insert(weights.end(), set.weights.begin(), set.weights.begin() + set.count());
  }
  out.put(mark);
  out.put(0.0F);  // the mass, which follows from the weights
  out.put_array(std::span<const ItemId>(items));
  out.put_array(std::span<const float>(weights));
}

// The same items as an older version put them. Version 1 ends before the reserves.
std::vector<std::byte> as_version(std::uint32_t version, const std::vector<std::byte>& items,
                                  std::size_t reserves) {
  ByteReader in(std::span<const std::byte>(items).first(items.size() - (version == 1 ? reserves : 0)));
  ByteWriter out;
  const auto copy = [&](std::size_t bytes) {
    std::vector<std::byte> some(bytes);
    in.get_bytes(some.data(), bytes);
    out.put_bytes(some.data(), bytes);
  };
  (void)in.get<std::uint32_t>();
  out.put(version);
  const auto columns = in.get<std::uint32_t>();
  out.put(columns);
  for (std::uint32_t k = 0; k < columns; ++k) out.put_string(in.get_string());
  copy(sizeof(Epoch) + sizeof(Timestamp));
  ByteReader index_in = in;
  ItemIndex index;
  EXPECT_TRUE(index.load(index_in));
  copy(in.remaining() - index_in.remaining());
  for (ItemRow row = 0; row < index.rows(); ++row) {
    if (!index.bound(row)) continue;
    copy(sizeof(ItemStats) + sizeof(SavedFactors));
    put_without_sets(in, out);
    put_without_sets(in, out);
  }
  copy(in.remaining());
  EXPECT_TRUE(in.ok());
  return out.take();
}

TEST(ModelSnapshot, ItemsOfOlderVersionsStayLoadable) {
  for (const int shards : {1, 2}) {
    Model model({}, shards);
    model.shard(0).assign(kPartition);
    learn_range(model, test::model_events(13, 300, 5, 20), 0, 300);
    model.merge();
    const auto items = test::saved_items(model);
    std::size_t reserves = 0;  // bytes of them
    for (int shard = 0; shard < shards; ++shard) reserves += sizeof(std::uint64_t);
    if (shards > 1) reserves += static_cast<std::size_t>(shards) * 24'000 * sizeof(ItemRow);
    for (const std::uint32_t version : {1U, 2U}) {
      const auto old = as_version(version, items, reserves);
      Model other({}, shards);
      ByteReader reader(old);
      ASSERT_TRUE(other.load_items(reader));
      EXPECT_EQ(reader.remaining(), 0U);
      EXPECT_EQ(other.stats().items, model.stats().items);
      EXPECT_EQ(other.items().index.rows(), model.items().index.rows()) << "rows in reserve were lost";
      const auto again = test::saved_items(other);
      EXPECT_EQ(again.size(), items.size());
      if (shards == 1 || version > 1) {
        EXPECT_EQ(as_version(version, again, reserves), old);
      }
    }
  }
}

TEST(ModelSnapshot, MoreItemsThanThereIsRoomForIsAReasonOfItsOwn) {
  Model model({}, 1);
  model.shard(0).assign(kPartition);
  learn_range(model, test::model_events(9, 300, 5, 20), 0, 300);
  const auto items = test::saved_items(model);
  config::Options options;
  options.limits.max_items = 10;
  Model other(options, 1);
  ByteReader whole(items);
  EXPECT_FALSE(other.load_items(whole));
  EXPECT_EQ(other.rows_without_room(), model.items().index.rows());
  EXPECT_GE(other.item_room(), 10U);
  EXPECT_LT(other.item_room(), other.rows_without_room());
  Model damaged({}, 1);
  ByteReader half(std::span<const std::byte>(items).first(items.size() / 2));
  EXPECT_FALSE(damaged.load_items(half));
  EXPECT_EQ(damaged.rows_without_room(), 0U);
}

TEST(ModelSnapshot, TruncatedSectionsAreRefusedAndLeaveThePartitionEmpty) {
  Model model({}, 1);
  model.shard(0).assign(kPartition);
  learn_range(model, test::model_events(9, 300, 5, 20), 0, 300);
  const auto items = test::saved_items(model);
  const auto users = test::saved_users(model.shard(0), kPartition);
  for (std::size_t size = 0; size < users.size(); size += 7) {
    Model other({}, 1);
    ByteReader reader(std::span<const std::byte>(users).first(size));
    EXPECT_FALSE(other.shard(0).load_users(kPartition, reader)) << size;
    EXPECT_EQ(other.shard(0).users(kPartition), 0U);
  }
  for (std::size_t size = 0; size < items.size(); size += items.size() / 50) {
    Model other({}, 1);
    ByteReader reader(std::span<const std::byte>(items).first(size));
    EXPECT_FALSE(other.load_items(reader)) << size;
  }
}

}  // namespace
}  // namespace sluice::model
