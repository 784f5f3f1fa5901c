#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <variant>

#include "config/options.h"
#include "ingest/event.h"

namespace sluice::ingest {

// Control events: {"type":"erase_user","user":U}, a tombstone (null value under the user's key),
// {"type":"retract","user":U,"item":I,"timestamp":T}, {"type":"hide_item"|"show_item","item":I}.
// These four type names are taken: events.types cannot give them another meaning.
struct Control {
  enum class Kind : std::uint8_t { erase_user, retract, hide_item, show_item };
  Kind kind{};
  std::string_view user;
  std::string_view item;
  std::optional<Timestamp> time;  // retract only; as sent, not clamped
  bool tombstone = false;         // erase_user by a null value: the user is the record's key

  bool operator==(const Control&) const = default;
};
[[nodiscard]] std::string_view to_string(Control::Kind);  // the type name in the record
// Nothing: no control event's name.
[[nodiscard]] std::optional<Control::Kind> control_kind(std::string_view type);
// Whom it is about, and so by what its record is keyed; else it is about an item.
[[nodiscard]] constexpr bool is_about_user(Control::Kind kind) {
  return kind == Control::Kind::erase_user || kind == Control::Kind::retract;
}

// A good event that the configuration leaves out (weight 0, or value below events.min_value).
struct Filtered {
  std::string_view user;

  bool operator==(const Filtered&) const = default;
};

using Decoded = std::variant<Event, Control, Filtered, RejectReason>;

// Turns one record's bytes into an event by the mapping in EventOptions. One decoder per thread: it reuses
// its buffers (nothing is allocated once they have seen the longest record). A result and every view in it is
// valid for `results` calls of decode(), its own among them: by default until the next one.
//
// An id is a string or a 64-bit integer, which becomes its decimal text. null counts as absent.
class Decoder {
 public:
  explicit Decoder(const config::EventOptions& options, std::size_t results = 1);
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  // `key` and `payload` are the record's; payload.data() == nullptr is Kafka's null value. `record_time`
  // bounds the event's time and stands in where the record has none. A record time of zero, or one that
  // is_event_time() refuses, counts as none: then nothing is clamped, and an event without a time of its own
  // is a bad_timestamp.
  [[nodiscard]] const Decoded& decode(std::string_view key, std::string_view payload, Timestamp record_time);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::ingest
