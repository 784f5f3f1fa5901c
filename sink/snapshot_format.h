#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/types.h"
#include "sink/snapshot_file.h"

// Version 1 of the snapshot file. All numbers little endian, no padding; every byte is under a checksum or
// must have one certain value. The table is at the end, so that a file can be written in one pass.
//
//        0   8  magic "SLUICESN"
//        8   4  version, u32 = 1
//       12   4  zero
//       16      the sections' bytes, one after the other, without gaps
//        T      table:
//                 u32 n, n bytes   instance
//                 u64              epoch
//                 i64              made_ms, wall clock
//                 u32              number of offsets, then for each
//                   u32 n, n bytes   topic
//                   i32              partition
//                   i64              next offset to be applied
//                 u32              number of sections, then for each, in the order of their bytes
//                   u32 n, n bytes   name
//                   u64              position in the file
//                   u64              size
//                   u64              xxh3 (64 bits) of its bytes
//   end-32   8  T, u64
//   end-24   8  size of the table, u64
//   end-16   8  xxh3 of the first 16 bytes and the table
//   end- 8   8  magic "SLUICEND"
struct XXH3_state_s;

namespace sluice::sink {

inline constexpr std::size_t kSnapshotHeaderBytes = 16;
inline constexpr std::size_t kSnapshotFooterBytes = 32;
inline constexpr std::uint32_t kSnapshotVersion = 1;

// xxh3 of a section, of its bytes in order.
class SectionHash {
 public:
  SectionHash();
  void add(std::span<const std::byte> bytes);
  [[nodiscard]] std::uint64_t value() const;

 private:
  struct Free {
    void operator()(XXH3_state_s* state) const;
  };
  std::unique_ptr<XXH3_state_s, Free> state_;
};

[[nodiscard]] std::array<std::byte, kSnapshotHeaderBytes> snapshot_header();
// none, not_a_snapshot or unknown_version.
[[nodiscard]] SnapshotError check_snapshot_header(std::span<const std::byte> header);

// Table and footer, for a table that begins at `position`.
[[nodiscard]] std::vector<std::byte> encode_snapshot_end(const SnapshotSummary& summary,
                                                         std::uint64_t position);

struct SnapshotFooter {
  std::uint64_t table_position = 0;
  std::uint64_t table_size = 0;
  std::uint64_t hash = 0;
};
// Nothing: the file ends too early, or does not fit its footer.
[[nodiscard]] std::optional<SnapshotFooter> parse_snapshot_footer(std::span<const std::byte> footer,
                                                                  std::uint64_t file_size);

[[nodiscard]] std::uint64_t table_hash(std::span<const std::byte> header, std::span<const std::byte> table);

// Nothing: malformed, or the sections do not fill the file up to the table exactly.
[[nodiscard]] std::optional<SnapshotSummary> parse_snapshot_table(std::span<const std::byte> table,
                                                                  std::uint64_t table_position);

}  // namespace sluice::sink
