#include "common/bytes.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Bytes, ReadsBackWhatWasWritten) {
  ByteWriter writer;
  writer.put(std::uint32_t{7});
  writer.put_string("item");
  const std::vector<float> values = {1.5F, -2.0F};
  writer.put_array(std::span<const float>(values));
  ByteReader reader(writer.bytes());
  EXPECT_EQ(reader.get<std::uint32_t>(), 7U);
  EXPECT_EQ(reader.get_string(), "item");
  EXPECT_EQ(reader.get_array<float>(), values);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.remaining(), 0U);
}

TEST(Bytes, WhatIsWrittenInPiecesStaysWholeWhereverTheBufferGrows) {
  for (const std::size_t reserved : {std::size_t{0}, std::size_t{5'000}, std::size_t{4} << 20}) {
    ByteWriter writer;
    writer.reserve(reserved);
    for (std::uint32_t k = 0; k < 700'000; ++k) writer.put(k);
    EXPECT_EQ(writer.size(), 2'800'000U);
    EXPECT_EQ(writer.bytes().size(), 2'800'000U);
    const std::vector<std::byte> taken = writer.take();
    EXPECT_EQ(writer.size(), 0U);
    ByteReader reader(taken);
    for (std::uint32_t k = 0; k < 700'000; ++k) ASSERT_EQ(reader.get<std::uint32_t>(), k);
    EXPECT_EQ(reader.remaining(), 0U);
  }
}

TEST(Bytes, EveryTruncationIsNoticedAndYieldsNoGarbage) {
  ByteWriter writer;
  writer.put_string("abc");
  const std::vector<double> values(3, 1.0);
  writer.put_array(std::span<const double>(values));
  for (std::size_t size = 0; size < writer.size(); ++size) {
    ByteReader reader(writer.bytes().first(size));
    (void)reader.get_string();
    (void)reader.get_array<double>();
    EXPECT_FALSE(reader.ok()) << size;
  }
}

TEST(Bytes, AnAbsurdLengthIsRefusedWithoutAllocating) {
  ByteWriter writer;
  writer.put(~std::uint64_t{0});
  ByteReader reader(writer.bytes());
  EXPECT_TRUE(reader.get_array<std::uint64_t>().empty());
  EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace sluice
