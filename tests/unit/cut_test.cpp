#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <thread>

#include "support/model_events.h"

namespace sluice::model {
namespace {

using Sections = std::map<std::string, std::vector<std::byte>>;

std::vector<std::byte> in_one(Pieces section) {
  const std::size_t size = section.size();
  ByteWriter bytes;
  section.move_into(bytes);
  EXPECT_EQ(bytes.size(), size);
  return bytes.take();
}

// Learns a made-up stream in which users and items come, go and are taken back, on each shard a partition.
class Stream {
 public:
  Stream(int shards, const char* repeats) : model_(options(repeats), shards) {
    for (int shard = 0; shard < shards; ++shard) model_.shard(shard).assign(PartitionId{shard});
  }

  [[nodiscard]] static config::Options options(const char* repeats) {
    config::Options options;
    options.limits.max_items = 150;
    options.limits.max_users = 60;
    options.limits.seen_per_user = 20;
    options.ranking.repeats = repeats;
    return options;
  }

  // Events [first, last), with an epoch's end after every 40th; after(k) is called after each.
  template <typename After>
  void learn(std::size_t first, std::size_t last, After after) {
    for (std::size_t k = first; k < last; ++k) {
      learn_on(static_cast<int>(k % static_cast<std::size_t>(model_.shards())), k);
      if (k % 40 == 39) model_.merge();
      after(k);
    }
  }
  void learn(std::size_t first, std::size_t last) {
    learn(first, last, [](std::size_t) {});
  }

  // An event of the stream on a certain shard.
  void learn_on(int shard, std::size_t k) {
    const PartitionId partition{shard};
    Random random(mix64(k));
    // Both shift slowly, so that old ones make room for new ones.
    const auto user = [&] {
      return "u" + std::to_string(k / 25 + random.below(80)) + "-" + std::to_string(shard);
    };
    const std::string item = "i" + std::to_string(k / 8 + random.below(180));
    const Timestamp time = from_unix_ms(1'600'000'000'000 + static_cast<std::int64_t>(k) * 60'000);
    const test::ModelEvent event{user(), item, time};
    test::learn(model_.shard(shard), partition, event, static_cast<std::int64_t>(k),
                k % 31 == 0 ? -1.0F : 1.0F);
    if (k % 7 == 0) (void)model_.shard(shard).retract(partition, event.user, event.item, time);
    if (k % 11 == 0) (void)model_.shard(shard).erase(partition, user());
  }

  [[nodiscard]] Model& model() { return model_; }

  [[nodiscard]] Sections saved_at_once() {
    Sections sections{{"items", test::saved_items(model_)}};
    for (int shard = 0; shard < model_.shards(); ++shard) {
      sections["users/" + std::to_string(shard)] = test::saved_users(model_.shard(shard), PartitionId{shard});
    }
    return sections;
  }

  // Of the cut under way, whose shards' parts are whole.
  [[nodiscard]] Sections taken(ItemCut& items) {
    Sections sections;
    for (int shard = 0; shard < model_.shards(); ++shard) {
      for (const auto& [id, users] : model_.shard(shard).take_cut()) {
        sections["users/" + std::to_string(static_cast<int>(id))] = in_one(users->take());
      }
    }
    sections["items"] = in_one(items.take());
    return sections;
  }

  void load(const Sections& sections) {
    ByteReader items(sections.at("items"));
    ASSERT_TRUE(model_.load_items(items));
    for (int shard = 0; shard < model_.shards(); ++shard) {
      ByteReader users(sections.at("users/" + std::to_string(shard)));
      ASSERT_TRUE(model_.shard(shard).load_users(PartitionId{shard}, users));
    }
  }

 private:
  Model model_;
};

constexpr std::size_t kCut = 1'600;  // a multiple of the epoch
constexpr std::size_t kEnd = 3'100;

// Puts down so many bytes of each shard's part at most. True: whole.
bool save_some(Model& model, std::size_t bytes) {
  bool whole = true;
  for (int shard = 0; shard < model.shards(); ++shard) whole = model.shard(shard).save_some(bytes) && whole;
  return whole;
}

struct Way {
  int shards;
  const char* repeats;
  std::size_t bytes;   // of each piece
  std::size_t events;  // between two pieces
};

void PrintTo(const Way& way, std::ostream* out) {
  *out << way.shards << " shards, " << way.repeats << ", " << way.bytes << " bytes a piece, " << way.events
       << " events between";
}

class Cut : public testing::TestWithParam<Way> {};

TEST_P(Cut, PutDownInPiecesWhileLearningGoesOnIsTheStateThatStoodThere) {
  const Way way = GetParam();
  Stream stream(way.shards, way.repeats);
  stream.learn(0, kCut);
  const Sections stood = stream.saved_at_once();
  const auto items = stream.model().begin_cut();
  bool whole = false;
  std::size_t pieces = 0;
  Sections cut;
  stream.learn(kCut, kEnd, [&](std::size_t k) {
    if (whole || k % way.events != 0) return;
    ++pieces;
    whole = save_some(stream.model(), way.bytes);
    if (whole) cut = stream.taken(*items);
  });
  ASSERT_TRUE(whole);
  EXPECT_GT(pieces, 20U);
  EXPECT_GT(stream.model().stats().evicted_items, 0U);
  EXPECT_GT(stream.model().stats().evicted_users, 0U);
  for (const auto& [name, bytes] : stood) EXPECT_TRUE(cut.at(name) == bytes) << name;
  EXPECT_EQ(cut.size(), stood.size());

  Stream undisturbed(way.shards, way.repeats);
  undisturbed.learn(0, kEnd);
  EXPECT_TRUE(stream.saved_at_once() == undisturbed.saved_at_once()) << "the cut changed what was learned";
  Stream restarted(way.shards, way.repeats);
  restarted.load(cut);
  restarted.learn(kCut, kEnd);
  for (const auto& [name, bytes] : undisturbed.saved_at_once()) {
    EXPECT_TRUE(restarted.saved_at_once().at(name) == bytes) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Ways, Cut,
                         testing::Values(Way{1, "include", 2'000, 1}, Way{1, "exclude", 5'000, 30},
                                         Way{2, "include", 5'000, 1}, Way{2, "exclude", 90'000, 30},
                                         Way{3, "include", 10'000, 2}));

// As in the service: each shard on its thread, taken apart only by the ends of epochs; the sections are made
// on another thread while learning goes on.
TEST(Cut, ShardsPutTheirPartsDownSideBySide) {
  constexpr int kShards = 3;
  Stream stream(kShards, "include");
  stream.learn(0, kCut);
  const Sections stood = stream.saved_at_once();
  const auto items = stream.model().begin_cut();
  const auto on_all_shards = [](auto work) {
    std::vector<std::thread> threads;
    for (int shard = 0; shard < kShards; ++shard) threads.emplace_back([&work, shard] { work(shard); });
    for (std::thread& thread : threads) thread.join();
  };
  std::array<Shard::UserCuts, kShards> users;
  std::array<bool, kShards> taken{};
  std::thread writer;
  Sections cut;
  for (std::size_t epoch = 0; epoch < 40; ++epoch) {
    on_all_shards([&](int shard) {
      const auto at = static_cast<std::size_t>(shard);
      for (std::size_t k = 0; k < 10; ++k) {
        stream.learn_on(shard, kCut + epoch * 10 + k);
        if (taken[at] || !stream.model().shard(shard).save_some(30'000)) continue;
        users[at] = stream.model().shard(shard).take_cut();
        taken[at] = true;
      }
    });
    const bool whole = std::ranges::all_of(taken, [](bool part) { return part; });
    if (whole && !writer.joinable()) {
      EXPECT_GT(epoch, 2U);
      writer = std::thread([&] {
        cut["items"] = in_one(items->take());
        for (auto& part : users) {
          for (const auto& [id, section] : part) {
            cut["users/" + std::to_string(static_cast<int>(id))] = in_one(section->take());
          }
        }
      });
    }
    stream.model().merge_begin();
    on_all_shards([&](int shard) { stream.model().merge_slice(shard); });
    stream.model().merge_end();
  }
  ASSERT_TRUE(writer.joinable());
  writer.join();
  EXPECT_TRUE(cut == stood);
}

TEST(Cut, GoesOnWithTheUsersOfAPartitionThatIsDroppedAndLoadedAnew) {
  Stream stream(1, "include");
  stream.learn(0, kCut);
  const Sections stood = stream.saved_at_once();
  const auto items = stream.model().begin_cut();
  (void)save_some(stream.model(), 1'000);
  ByteReader nobody(std::span<const std::byte>{});
  EXPECT_FALSE(stream.model().shard(0).load_users(PartitionId{0}, nobody));
  stream.learn(kCut, kCut + 100);
  while (!save_some(stream.model(), 1'000)) {
  }
  EXPECT_TRUE(stream.taken(*items) == stood);
}

TEST(Cut, AnotherOneTakesThePlaceOfOneThatIsUnderWay) {
  Stream stream(2, "include");
  stream.learn(0, kCut);
  const auto given_up = stream.model().begin_cut();
  (void)save_some(stream.model(), 1'000);
  stream.learn(kCut, kCut + 400);
  const Sections stood = stream.saved_at_once();
  const auto items = stream.model().begin_cut();
  stream.learn(kCut + 400, kCut + 480);
  while (!save_some(stream.model(), 1'000)) {
  }
  EXPECT_TRUE(stream.taken(*items) == stood);
}

TEST(Cut, OfAnEmptyModelIsWholeAtOnceOrSoon) {
  Model model({}, 2);
  const auto items = model.begin_cut();
  while (!save_some(model, 1)) {
  }
  ASSERT_TRUE(items->whole());
  EXPECT_TRUE(in_one(items->take()) == test::saved_items(model));
}

}  // namespace
}  // namespace sluice::model
