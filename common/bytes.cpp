#include "common/bytes.h"

namespace sluice {

void ByteWriter::put_bytes(const void* data, std::size_t size) {
  const auto* first = static_cast<const std::byte*>(data);
  bytes_.insert(bytes_.end(), first, first + size);
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
