#include "common/bytes.h"

#include <sys/mman.h>

#include <algorithm>

namespace sluice {
namespace {

// Fewer and cheaper page faults while a large buffer is filled. Best effort.
void ask_for_huge_pages(std::byte* first, std::size_t size) {
  constexpr std::uintptr_t kHugePage = std::uintptr_t{2} << 20;
  const auto begin = (reinterpret_cast<std::uintptr_t>(first) + kHugePage - 1) / kHugePage * kHugePage;
  const auto end = (reinterpret_cast<std::uintptr_t>(first) + size) / kHugePage * kHugePage;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

}  // namespace

void ByteWriter::reserve(std::size_t size) {
  if (size <= bytes_.capacity()) return;
  bytes_.reserve(size);
  ask_for_huge_pages(bytes_.data(), bytes_.capacity());
}

void ByteWriter::grow(std::size_t size) {
  constexpr std::size_t kLeast = 256;
  constexpr std::size_t kMost = std::size_t{1}
                                << 20;  // what is filled with zeros ahead is still in the cache
  const std::size_t ahead = std::clamp(size_, kLeast, kMost);
  if (size_ + size + ahead > bytes_.capacity()) reserve(2 * (size_ + size + ahead));
  bytes_.resize(size_ + size + ahead);
}

std::vector<std::byte> ByteWriter::take() {
  bytes_.resize(size_);
  size_ = 0;
  return std::exchange(bytes_, {});
}

std::string_view ByteReader::get_string() {
  const auto size = get<std::uint32_t>();
  if (!ok_ || size > remaining()) {
    ok_ = false;
    return {};
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes_.data()) + at_, size);
  at_ += size;
  return text;
}

void ByteReader::get_bytes(void* data, std::size_t size) {
  if (!ok_ || size > remaining()) {
    ok_ = false;
    return;
  }
  if (size != 0) std::memcpy(data, bytes_.data() + at_, size);
  at_ += size;
}

}  // namespace sluice
