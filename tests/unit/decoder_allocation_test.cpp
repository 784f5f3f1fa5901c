#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "ingest/decoder.h"

namespace {

std::atomic<std::uint64_t> g_allocations{0};

}  // namespace

// Counts the allocations of this whole test binary. Not inlined: else the compiler sees new and free meet.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++g_allocations;
  return std::malloc(size == 0 ? 1 : size);
}
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (void* const memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace sluice::ingest {
namespace {

TEST(DecoderAllocation, AllocatesNothingPerRecordOnceWarm) {
  constexpr Timestamp kRecordTime = from_unix_ms(1'718'000'000'000);
  config::EventOptions options;
  options.types["purchase-of-something-long"] = 2.0;
  Decoder decoder(options);
  const std::string records[] = {
      R"({"user":"u1","item":"i9","type":"purchase-of-something-long","value":2.5,"timestamp":1717999999123})",
      R"({"user":12345678901234567,"item":"\u00e9 a rather long item id of more than fifteen bytes","x":[1,{"y":2}]})",
      R"({"user":"u1","item":"i9","type":"unknown","timestamp":"2024-06-10T06:13:20Z"})", R"({"user":"u1"})",
      R"({"user":"u1",)"};
  std::size_t events = 0;
  const auto decode_all = [&] {
    for (const std::string& record : records) {
      events += std::holds_alternative<Event>(decoder.decode("key", record, kRecordTime)) ? 1 : 0;
    }
    (void)decoder.decode("a key that is longer than fifteen bytes", {}, kRecordTime);
  };
  decode_all();
  const std::uint64_t before = g_allocations;
  for (int i = 0; i < 1'000; ++i) decode_all();
  EXPECT_EQ(g_allocations - before, 0);
  EXPECT_EQ(events, 3 * 1'001);
}

}  // namespace
}  // namespace sluice::ingest
