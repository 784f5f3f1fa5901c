#include "ingest/synthetic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

namespace sluice::ingest {
namespace {

// FNV-1a over everything a stream says.
std::uint64_t fingerprint(SyntheticStream stream, int events) {
  std::uint64_t hash = 14'695'981'039'346'656'037ULL;
  const auto add = [&hash](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211ULL;
  };
  for (int i = 0; i < events; ++i) {
    const FileEvent event = stream.next();
    add(event.user);
    add(event.item);
    add(event.type);
    add(std::to_string(to_unix_ms(event.time)));
    add(stream.title(event.item));
  }
  return hash;
}

TEST(Synthetic, IsTheSameForASeedOnEveryPlatform) {
  EXPECT_EQ(fingerprint(SyntheticStream({}), 20'000), 5'008'843'990'170'870'463ULL);
  EXPECT_NE(fingerprint(SyntheticStream({.seed = 2}), 20'000), fingerprint(SyntheticStream({}), 20'000));
}

TEST(Synthetic, AdvancesTimeAtItsRate) {
  SyntheticStream stream({.events_per_second = 100, .start = from_unix_ms(5'000)});
  FileEvent last = stream.next();
  EXPECT_GE(last.time, from_unix_ms(5'000));
  for (int i = 1; i < 10'000; ++i) {
    FileEvent event = stream.next();
    ASSERT_GE(event.time, last.time);
    last = std::move(event);
  }
  EXPECT_NEAR(static_cast<double>(to_unix_ms(last.time) - 5'000), 100'000, 3'000);
}

TEST(Synthetic, HasAHeadATailAndNewItemsAllTheTime) {
  SyntheticStream stream({});
  std::map<std::string, int> counts;
  std::set<std::string> users;
  std::size_t items_at_half = 0;
  for (int i = 0; i < 100'000; ++i) {
    const FileEvent event = stream.next();
    ++counts[event.item];
    users.insert(event.user);
    if (i == 50'000) items_at_half = counts.size();
  }
  EXPECT_GT(counts.size(), items_at_half + 150);
  EXPECT_GT(users.size(), 3'000);
  std::vector<int> sorted;
  for (const auto& [item, count] : counts) sorted.push_back(count);
  std::ranges::sort(sorted, std::greater{});
  EXPECT_GT(sorted[0], 20 * sorted[sorted.size() / 2]);
}

TEST(Synthetic, UsesAllTypesAndReadableTitles) {
  SyntheticStream stream({});
  std::map<std::string, int> types;
  std::set<std::string> titles;
  for (int i = 0; i < 10'000; ++i) {
    const FileEvent event = stream.next();
    ++types[event.type];
    const std::string title = stream.title(event.item);
    ASSERT_GE(title.size(), 10);
    ASSERT_TRUE(title.ends_with(')')) << title;
    ASSERT_FALSE(stream.category(event.item).empty());
    titles.insert(title);
  }
  EXPECT_EQ(types.size(), 4);
  EXPECT_GT(types["view"], types["like"]);
  EXPECT_GT(titles.size(), 1'000);
  EXPECT_EQ(stream.title("something-else"), "");
  EXPECT_EQ(stream.title("film-12x"), "");
}

TEST(Synthetic, TinyAndExtremeSizesWork) {
  SyntheticStream stream({.users = 1,
                          .items = 1,
                          .events_per_second = 1e9,
                          .events_per_new_item = 0,
                          .events_per_trend = 0,
                          .events_per_drift = 0});
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(stream.next().user, "user-0");
}

// The simplest personal model there is: what followed the user's last item, most often first.
TEST(Synthetic, RewardsPersonalListsFarMoreThanPopularity) {
  constexpr std::size_t kListSize = 10;
  SyntheticStream stream({});
  using Counts = std::unordered_map<std::string, int>;
  Counts popularity;
  std::unordered_map<std::string, Counts> followers;
  std::unordered_map<std::string, std::string> last_item;
  const auto in_top = [](const Counts& counts, const std::string& item) {
    const auto found = counts.find(item);
    if (found == counts.end()) return false;
    return std::ranges::count_if(counts, [&](const auto& entry) { return entry.second > found->second; }) <
           static_cast<std::ptrdiff_t>(kListSize);
  };
  int popular_hits = 0;
  int personal_hits = 0;
  int scored = 0;
  for (int i = 0; i < 100'000; ++i) {
    const FileEvent event = stream.next();
    if (event.type == "skip") continue;
    std::string& last = last_item[event.user];
    if (i > 50'000 && i % 20 == 0) {
      ++scored;
      popular_hits += in_top(popularity, event.item);
      personal_hits += in_top(followers[last], event.item);
    }
    ++popularity[event.item];
    if (!last.empty()) ++followers[last][event.item];
    last = event.item;
  }
  RecordProperty("popular_hit_rate", std::to_string(popular_hits / static_cast<double>(scored)));
  RecordProperty("personal_hit_rate", std::to_string(personal_hits / static_cast<double>(scored)));
  EXPECT_GT(personal_hits, 2 * popular_hits) << popular_hits << " of " << scored;
  EXPECT_GT(personal_hits, scored / 5);
}

}  // namespace
}  // namespace sluice::ingest
