#pragma once

#include <optional>
#include <string_view>

#include "common/types.h"

// The forms in which producers write the time of an event. All functions return nothing for text that is not
// such a time, and for a time before 1970 or after the start of 2200: those are mistakes of unit or of clock.
namespace sluice::ingest {

inline constexpr Timestamp kFirstEventTime = from_unix_ms(0);
inline constexpr Timestamp kLastEventTime = from_unix_ms(7'258'118'400'000);  // 2200-01-01T00:00:00Z

[[nodiscard]] constexpr bool is_event_time(Timestamp t) {
  return t >= kFirstEventTime && t <= kLastEventTime;
}

// A decimal number since the epoch. Up to the start of 2200 read as seconds it is seconds (a fraction
// counts), else milliseconds: milliseconds before 1970-03-26 cannot be told from seconds.
[[nodiscard]] std::optional<Timestamp> parse_unix_time(std::string_view number);

// "2024-06-10T06:13:20.123+02:00", by RFC 3339: `t`, `z` and a space instead of `T` are allowed, digits below
// the millisecond are dropped, the 60th second of a leap second is the next minute's first.
[[nodiscard]] std::optional<Timestamp> parse_rfc3339(std::string_view text);

// Either of the two.
[[nodiscard]] std::optional<Timestamp> parse_event_time(std::string_view text);

}  // namespace sluice::ingest
