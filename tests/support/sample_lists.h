#pragma once

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "sink/list.h"

namespace sluice::test {

// The list of docs/redis.md.
[[nodiscard]] inline sink::List sample_list(std::string user = "u") {
  sink::List list;
  list.user = std::move(user);
  list.items = {{"i", 1.23F, {"covisit"}}, {"j", -0.5F, {}}};
  list.epoch = Epoch{7};
  list.offset = Offset{99};
  list.event_time = from_unix_ms(1718000000123);
  list.made = from_unix_ms(1718000000456);
  return list;
}

[[nodiscard]] inline sink::List random_list(std::mt19937& random) {
  const auto text = [&random] {
    std::string out;
    for (auto n = random() % 20; n > 0; --n) out += static_cast<char>(random() % 0x7f);
    return out;
  };
  sink::List list;
  list.user = text();
  for (auto n = random() % 8; n > 0; --n) {
    sink::ListEntry entry{text(), std::normal_distribution<float>()(random), {}};
    for (auto names = random() % 4; names > 0; --names)
      entry.why.push_back("s" + std::to_string(random() % 5));
    list.items.push_back(entry);
  }
  list.epoch = Epoch{random()};
  list.partition = PartitionId{static_cast<std::int32_t>(random() % 1000)};
  list.offset = Offset{static_cast<std::int64_t>(random())};
  list.event_time = from_unix_ms(static_cast<std::int64_t>(random()));
  list.made = from_unix_ms(static_cast<std::int64_t>(random()));
  return list;
}

// All that a document carries.
inline void expect_equal(const sink::List& a, const sink::List& b) {
  EXPECT_EQ(a.user, b.user);
  EXPECT_EQ(a.epoch, b.epoch);
  EXPECT_EQ(a.partition, b.partition);
  EXPECT_EQ(a.offset, b.offset);
  EXPECT_EQ(a.event_time, b.event_time);
  EXPECT_EQ(a.made, b.made);
  ASSERT_EQ(a.items.size(), b.items.size());
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    EXPECT_EQ(a.items[i].item, b.items[i].item);
    EXPECT_EQ(a.items[i].score, b.items[i].score);
    EXPECT_EQ(a.items[i].why, b.items[i].why);
  }
}

}  // namespace sluice::test
