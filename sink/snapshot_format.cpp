#include "sink/snapshot_format.h"

#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string_view>

#include "common/bytes.h"

namespace sluice::sink {
namespace {

constexpr std::string_view kSnapshotMagic = "SLUICESN";
constexpr std::string_view kEndMagic = "SLUICEND";

bool begins_with(std::span<const std::byte> bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

void put_table(ByteWriter& out, const SnapshotSummary& summary) {
  out.put_string(summary.instance);
  out.put(summary.epoch);
  out.put(summary.made_ms);
  out.put(static_cast<std::uint32_t>(summary.applied.size()));
  for (const auto& [where, offset] : summary.applied) {
    out.put_string(where.topic);
    out.put(where.partition);
    out.put(offset);
  }
  out.put(static_cast<std::uint32_t>(summary.sections.size()));
  for (const SectionInfo& section : summary.sections) {
    out.put_string(section.name);
    out.put(section.position);
    out.put(section.size);
    out.put(section.hash);
  }
}

bool sections_fill(const std::vector<SectionInfo>& sections, std::uint64_t table_position) {
  std::uint64_t at = kSnapshotHeaderBytes;
  for (const SectionInfo& section : sections) {
    if (section.position != at || section.size > table_position - at) return false;
    at += section.size;
  }
  return at == table_position;
}

}  // namespace

SectionHash::SectionHash() : state_(XXH3_createState()) {
  if (!state_) throw std::bad_alloc();
  XXH3_64bits_reset(state_.get());
}

void SectionHash::add(std::span<const std::byte> bytes) {
  XXH3_64bits_update(state_.get(), bytes.data(), bytes.size());
}

std::uint64_t SectionHash::value() const {
  return XXH3_64bits_digest(state_.get());
}

void SectionHash::Free::operator()(XXH3_state_s* state) const {
  XXH3_freeState(state);
}

std::array<std::byte, kSnapshotHeaderBytes> snapshot_header() {
  std::array<std::byte, kSnapshotHeaderBytes> header{};
  std::memcpy(header.data(), kSnapshotMagic.data(), kSnapshotMagic.size());
  std::memcpy(header.data() + kSnapshotMagic.size(), &kSnapshotVersion, sizeof kSnapshotVersion);
  return header;
}

SnapshotError check_snapshot_header(std::span<const std::byte> header) {
  if (!begins_with(header, kSnapshotMagic)) return SnapshotError::not_a_snapshot;
  const auto expected = snapshot_header();
  return std::ranges::equal(header, expected) ? SnapshotError::none : SnapshotError::unknown_version;
}

std::uint64_t table_hash(std::span<const std::byte> header, std::span<const std::byte> table) {
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(), &XXH3_freeState);
  XXH3_64bits_reset(state.get());
  XXH3_64bits_update(state.get(), header.data(), header.size());
  XXH3_64bits_update(state.get(), table.data(), table.size());
  return XXH3_64bits_digest(state.get());
}

std::vector<std::byte> encode_snapshot_end(const SnapshotSummary& summary, std::uint64_t position) {
  ByteWriter out;
  put_table(out, summary);
  const std::uint64_t size = out.size();
  const std::uint64_t hash = table_hash(snapshot_header(), out.bytes());
  out.put(position);
  out.put(size);
  out.put(hash);
  out.put_bytes(kEndMagic.data(), kEndMagic.size());
  return out.take();
}

std::optional<SnapshotFooter> parse_snapshot_footer(std::span<const std::byte> footer,
                                                    std::uint64_t file_size) {
  ByteReader reader(footer);
  SnapshotFooter found;
  found.table_position = reader.get<std::uint64_t>();
  found.table_size = reader.get<std::uint64_t>();
  found.hash = reader.get<std::uint64_t>();
  const std::uint64_t table_end = file_size - kSnapshotFooterBytes;
  const bool fits = reader.ok() && found.table_position >= kSnapshotHeaderBytes &&
                    found.table_position <= table_end && found.table_size == table_end - found.table_position;
  if (!fits || !begins_with(footer.last(kEndMagic.size()), kEndMagic)) return {};
  return found;
}

std::optional<SnapshotSummary> parse_snapshot_table(std::span<const std::byte> table,
                                                    std::uint64_t table_position) {
  ByteReader reader(table);
  SnapshotSummary summary;
  summary.instance = reader.get_string();
  summary.epoch = reader.get<Epoch>();
  summary.made_ms = reader.get<std::int64_t>();
  const auto offsets = reader.get<std::uint32_t>();
  for (std::uint32_t i = 0; i < offsets && reader.ok(); ++i) {
    TopicPartition where{std::string(reader.get_string()), {}};
    where.partition = reader.get<PartitionId>();
    summary.applied[std::move(where)] = reader.get<Offset>();
  }
  const auto sections = reader.get<std::uint32_t>();
  for (std::uint32_t i = 0; i < sections && reader.ok(); ++i) {
    SectionInfo section;
    section.name = reader.get_string();
    section.position = reader.get<std::uint64_t>();
    section.size = reader.get<std::uint64_t>();
    section.hash = reader.get<std::uint64_t>();
    summary.sections.push_back(std::move(section));
  }
  const bool whole = reader.ok() && reader.remaining() == 0;
  if (!whole || !sections_fill(summary.sections, table_position)) return {};
  return summary;
}

}  // namespace sluice::sink
