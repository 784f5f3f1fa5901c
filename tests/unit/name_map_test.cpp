#include "model/name_map.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "model/random.h"

namespace sluice::model {
namespace {

std::uint32_t find(const NameMap& map, const std::vector<std::string>& names, const std::string& name,
                   std::uint64_t hash) {
  return map.find(hash, [&](std::uint32_t row) { return names[row] == name; });
}

// Against std::map, with so few different hashes that names meet in the same places all the time.
TEST(NameMap, KnowsWhatWasPutInAndNotTakenOut) {
  constexpr std::uint64_t kSeed = 11;
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  std::vector<std::string> names;
  for (std::uint32_t row = 0; row < 300; ++row) names.push_back("user " + std::to_string(row));
  for (const std::uint64_t hashes : {std::uint64_t{1}, std::uint64_t{7}, ~std::uint64_t{0}}) {
    const auto hash_of = [&](const std::string& name) { return hash_name(name) % hashes; };
    NameMap map;
    std::map<std::string, std::uint32_t> expected;
    for (int step = 0; step < 5'000; ++step) {
      const std::uint32_t row = random.below(300);
      const std::string& name = names[row];
      if (expected.contains(name)) {
        map.erase(hash_of(name), row);
        expected.erase(name);
      } else {
        map.insert(hash_of(name), row);
        expected.emplace(name, row);
      }
      ASSERT_EQ(map.size(), expected.size());
      if (step % 50 != 0) continue;
      for (const std::string& each : names) {
        const auto known = expected.find(each);
        ASSERT_EQ(find(map, names, each, hash_of(each)),
                  known == expected.end() ? NameMap::kNone : known->second)
            << each << " after " << step;
      }
    }
  }
}

TEST(NameMap, GuessesTheOnlyRowOfAHash) {
  NameMap map;
  EXPECT_EQ(map.guess(hash_name("a")), NameMap::kNone);
  map.insert(hash_name("a"), 7);
  EXPECT_EQ(map.guess(hash_name("a")), 7U);
}

}  // namespace
}  // namespace sluice::model
