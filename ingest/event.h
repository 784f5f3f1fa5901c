#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/types.h"

namespace sluice::ingest {

// One decoded user-item event. The views point into the decoder's buffer and die with the next decode().
struct Event {
  std::string_view user;
  std::string_view item;
  std::string_view type;  // empty if the record has none
  double weight = 1.0;    // from events.types and events.value; never 0, never NaN, |weight| <= 1e6
  double value = 0.0;     // as sent, finite; 0 if the record has none
  Timestamp time;
  bool time_clamped = false;  // was further than events.max_future ahead of its record
  bool has_value = false;     // the record has a value

  bool operator==(const Event&) const = default;
};

// Why a record is a dead letter. The names (to_string) are the `dead.<reason>` counters and the
// `sluice.reason` header: keep them stable.
enum class RejectReason : std::uint8_t {
  none,
  empty_payload,  // null or zero bytes, and not a tombstone for a known key
  too_large,      // longer than events.max_event_bytes
  not_json,       // malformed JSON or invalid UTF-8
  not_an_object,
  missing_user,
  missing_item,
  bad_user,  // wrong type, empty, or longer than events.max_id_bytes
  bad_item,
  bad_type,
  bad_value,      // not a number, NaN, infinite or beyond 1e6 in magnitude
  bad_timestamp,  // unparsable or outside 1970..2200
};
[[nodiscard]] std::string_view to_string(RejectReason);

}  // namespace sluice::ingest
