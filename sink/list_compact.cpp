#include "sink/list_compact.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <type_traits>

#include "common/bytes.h"
#include "sink/list_json.h"

namespace sluice::sink {
namespace {

constexpr std::string_view kCompactMagic = "SL";
constexpr std::uint8_t kVersion = 1;

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie");

template <typename T>
requires std::is_arithmetic_v<T>
void append_raw(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

template <typename T>
T narrowed(std::size_t size) {
  assert(size <= std::numeric_limits<T>::max());
  return static_cast<T>(size);
}

// The distinct signal names of a list; few, so a search in a row beats a map.
class Names {
 public:
  explicit Names(const List& list) {
    for (const ListEntry& entry : list.items) {
      for (const std::string& name : entry.why) add(name);
    }
  }
  [[nodiscard]] std::span<const std::string_view> all() const { return names_; }
  [[nodiscard]] std::uint8_t index_of(std::string_view name) const {
    return static_cast<std::uint8_t>(std::ranges::find(names_, name) - names_.begin());
  }

 private:
  void add(std::string_view name) {
    if (std::ranges::find(names_, name) == names_.end()) names_.push_back(name);
  }
  std::vector<std::string_view> names_;
};

void append_entry(std::string& out, const ListEntry& entry, const Names& names) {
  append_raw(out, std::isfinite(entry.score) ? entry.score : 0.0F);
  append_raw(out, narrowed<std::uint8_t>(entry.why.size()));
  append_raw(out, narrowed<std::uint16_t>(entry.item.size()));
  for (const std::string& name : entry.why) append_raw(out, names.index_of(name));
  out.append(entry.item);
}

std::int32_t packed_part(double part) {
  return static_cast<std::int32_t>(std::llround(part * double{kPartsPerUnit}));
}

void append_live_parts(std::string& out, const List& list) {
  const LiveParts& live = *list.live;
  append_raw(out, to_unix_ms(live.last_take));
  append_raw(out, packed_part(live.base));
  append_raw(out, narrowed<std::uint8_t>(live.history));
  append_raw(out, narrowed<std::uint16_t>(live.kept.size()));
  append_raw(out, narrowed<std::uint16_t>(live.seen.size()));
  for (const ListEntry& entry : list.items) {
    append_raw(out, packed_part(entry.own));
    append_raw(out, packed_part(entry.common));
  }
  for (const KeptEntry<std::string>& entry : live.kept) {
    append_raw(out, packed_part(entry.own));
    append_raw(out, packed_part(entry.common));
    append_raw(out, narrowed<std::uint16_t>(entry.id.size()));
    out.append(entry.id);
  }
  out.append(live.seen);
}

double get_part(ByteReader& reader) {
  return reader.get<std::int32_t>() / double{kPartsPerUnit};
}

std::string get_text(ByteReader& reader, std::size_t size) {
  if (size > reader.remaining()) size = reader.remaining() + 1;  // not more than it takes to fail
  std::string text(size, '\0');
  reader.get_bytes(text.data(), size);
  return text;
}

// False: an index beyond the names.
bool read_entry(ByteReader& reader, const std::vector<std::string>& names, ListEntry& entry) {
  entry.score = reader.get<float>();
  const auto signals = reader.get<std::uint8_t>();
  const auto size = reader.get<std::uint16_t>();
  for (int i = 0; i < signals && reader.ok(); ++i) {
    const auto index = reader.get<std::uint8_t>();
    if (index >= names.size()) return false;
    entry.why.push_back(names[index]);
  }
  entry.item = get_text(reader, size);
  return std::isfinite(entry.score);
}

void read_live_parts(ByteReader& reader, List& list) {
  LiveParts live;
  live.last_take = from_unix_ms(reader.get<std::int64_t>());
  live.base = get_part(reader);
  live.history = reader.get<std::uint8_t>();
  const auto kept = reader.get<std::uint16_t>();
  const auto seen = reader.get<std::uint16_t>();
  for (ListEntry& entry : list.items) {
    entry.own = get_part(reader);
    entry.common = get_part(reader);
  }
  for (int i = 0; i < kept && reader.ok(); ++i) {
    KeptEntry<std::string>& entry = live.kept.emplace_back();
    entry.own = get_part(reader);
    entry.common = get_part(reader);
    entry.id = get_text(reader, reader.get<std::uint16_t>());
  }
  live.seen = get_text(reader, seen);
  list.live = std::move(live);
}

}  // namespace

void append_list_compact(std::string& out, const List& list) {
  const Names names(list);
  out.append(kCompactMagic);
  append_raw(out, kVersion);
  append_raw(out, narrowed<std::uint8_t>(names.all().size()));
  append_raw(out, static_cast<std::int32_t>(list.partition));
  append_raw(out, static_cast<std::uint64_t>(list.epoch));
  append_raw(out, static_cast<std::int64_t>(list.offset));
  append_raw(out, to_unix_ms(list.event_time));
  append_raw(out, to_unix_ms(list.made));
  append_raw(out, narrowed<std::uint16_t>(list.user.size()));
  append_raw(out, narrowed<std::uint16_t>(list.items.size()));
  out.append(list.user);
  for (const std::string_view name : names.all()) {
    append_raw(out, narrowed<std::uint8_t>(name.size()));
    out.append(name);
  }
  for (const ListEntry& entry : list.items) append_entry(out, entry, names);
  if (list.live) append_live_parts(out, list);
}

Result<List, std::string> parse_list_compact(std::string_view document) {
  if (!document.starts_with(kCompactMagic)) return std::string("it does not begin with SL");
  ByteReader reader(std::as_bytes(std::span(document)).subspan(kCompactMagic.size()));
  const auto version = reader.get<std::uint8_t>();
  if (version != kVersion) return "version " + std::to_string(version) + ", this program reads 1";
  const auto name_count = reader.get<std::uint8_t>();
  List list;
  list.partition = reader.get<PartitionId>();
  list.epoch = reader.get<Epoch>();
  list.offset = reader.get<Offset>();
  list.event_time = from_unix_ms(reader.get<std::int64_t>());
  list.made = from_unix_ms(reader.get<std::int64_t>());
  const auto user_size = reader.get<std::uint16_t>();
  const auto count = reader.get<std::uint16_t>();
  list.user = get_text(reader, user_size);
  std::vector<std::string> names;
  for (int i = 0; i < name_count && reader.ok(); ++i) {
    const auto size = reader.get<std::uint8_t>();
    names.push_back(get_text(reader, size));
  }
  for (int i = 0; i < count && reader.ok(); ++i) {
    const bool fine = read_entry(reader, names, list.items.emplace_back());
    if (!fine && reader.ok()) return "entry " + std::to_string(i) + " is malformed";
  }
  if (reader.ok() && reader.remaining() > 0) read_live_parts(reader, list);
  if (!reader.ok()) return std::string("it ends too early");
  if (reader.remaining() > 0) return std::to_string(reader.remaining()) + " bytes too many";
  return list;
}

Result<List, std::string> parse_list(std::string_view document) {
  return document.starts_with(kCompactMagic) ? parse_list_compact(document) : parse_list_json(document);
}

}  // namespace sluice::sink
