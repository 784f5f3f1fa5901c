#include "ingest/decoder.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "ingest/event_time.h"
#include "ingest/event_weights.h"
#include "ingest/json_fields.h"

namespace sluice::ingest {
namespace {

using Kind = JsonScalar::Kind;

// Escapes such as \ud800 unescape to bytes that are no UTF-8, although the document itself is valid.
bool is_utf8(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  std::uint64_t seen = 0;
  std::size_t at = 0;
  for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    seen |= word;
  }
  for (; at < text.size(); ++at) seen |= static_cast<unsigned char>(text[at]);
  return (seen & kHighBits) == 0 || simdjson::validate_utf8(text.data(), text.size());
}

template <typename Integer>
bool is_whole(std::string_view number) {
  Integer ignored{};
  const char* const end = number.data() + number.size();
  const auto [at, error] = std::from_chars(number.data(), end, ignored);
  return error == std::errc{} && at == end;
}

// The id's text, empty if it is not acceptable.
std::string_view id_text(const JsonScalar& scalar, std::size_t max_bytes) {
  if (scalar.kind == Kind::text) {
    return scalar.bytes.size() <= max_bytes && is_utf8(scalar.bytes) ? scalar.bytes : std::string_view{};
  }
  if (scalar.kind != Kind::number) return {};
  const bool negative = scalar.bytes.front() == '-';
  const bool fits = negative ? is_whole<std::int64_t>(scalar.bytes) : is_whole<std::uint64_t>(scalar.bytes);
  if (!fits) return {};
  return scalar.bytes == "-0" ? std::string_view{"0"} : scalar.bytes;
}

std::optional<double> finite_number(const JsonScalar& scalar) {
  if (scalar.kind != Kind::number) return std::nullopt;
  double number = 0;
  const auto [at, error] =
      std::from_chars(scalar.bytes.data(), scalar.bytes.data() + scalar.bytes.size(), number);
  if (error != std::errc{} || !(std::abs(number) <= kMaxMagnitude)) return std::nullopt;
  return number;
}

std::optional<Timestamp> scalar_time(const JsonScalar& scalar) {
  if (scalar.kind == Kind::number) return parse_unix_time(scalar.bytes);
  if (scalar.kind == Kind::text) return parse_event_time(scalar.bytes);
  return std::nullopt;
}

}  // namespace

std::optional<Control::Kind> control_kind(std::string_view type) {
  for (const auto kind : {Control::Kind::erase_user, Control::Kind::retract, Control::Kind::hide_item,
                          Control::Kind::show_item}) {
    if (type == to_string(kind)) return kind;
  }
  return std::nullopt;
}

std::string_view to_string(Control::Kind kind) {
  switch (kind) {
    case Control::Kind::erase_user:
      return "erase_user";
    case Control::Kind::retract:
      return "retract";
    case Control::Kind::hide_item:
      return "hide_item";
    case Control::Kind::show_item:
      return "show_item";
  }
  return "unknown";
}

struct Decoder::Impl {
  Impl(const config::EventOptions& options, std::size_t results)
      : results(results),
        fields(options, results),
        weights(options),
        max_future(options.max_future),
        max_id_bytes(options.max_id_bytes),
        max_event_bytes(options.max_event_bytes) {}

  Decoded tombstone(std::string_view key) {
    if (key.empty()) return RejectReason::empty_payload;
    if (key.size() > max_id_bytes || !is_utf8(key)) return RejectReason::bad_user;
    return Control{Control::Kind::erase_user, fields.keep(key), {}, std::nullopt, true};
  }

  RejectReason read_id(Field field, RejectReason missing, RejectReason bad, std::string_view& id) const {
    const JsonScalar& scalar = fields[field];
    if (scalar.kind == Kind::absent) return missing;
    id = id_text(scalar, max_id_bytes);
    return id.empty() ? bad : RejectReason::none;
  }

  Decoded control(Control::Kind kind) const {
    Control control{kind, {}, {}, std::nullopt, false};
    if (is_about_user(kind)) {
      const auto reason =
          read_id(Field::user, RejectReason::missing_user, RejectReason::bad_user, control.user);
      if (reason != RejectReason::none) return reason;
    }
    if (kind == Control::Kind::erase_user) return control;
    const auto reason =
        read_id(Field::item, RejectReason::missing_item, RejectReason::bad_item, control.item);
    if (reason != RejectReason::none) return reason;
    if (kind == Control::Kind::retract && fields[Field::timestamp].kind != Kind::absent) {
      control.time = scalar_time(fields[Field::timestamp]);
      if (!control.time) return RejectReason::bad_timestamp;
    }
    return control;
  }

  RejectReason read_time(Timestamp record_time, Event& event) const {
    const bool have_record_time = record_time > kFirstEventTime && is_event_time(record_time);
    const JsonScalar& scalar = fields[Field::timestamp];
    const auto sent = scalar.kind == Kind::absent && have_record_time ? record_time : scalar_time(scalar);
    if (!sent) return RejectReason::bad_timestamp;
    event.time = *sent;
    event.time_clamped = false;
    if (have_record_time && *sent - record_time > max_future) {
      event.time = record_time + max_future;
      event.time_clamped = true;
    }
    return RejectReason::none;
  }

  // Reads an event to where the latest one stands, member by member: it is large, and copying or clearing it
  // would take as long as reading it.
  void read_event(std::string_view type, Timestamp record_time, Decoded& result) const {
    auto* const former = std::get_if<Event>(&result);
    Event& event = former == nullptr ? result.emplace<Event>() : *former;
    event.type = type;
    auto reason = read_id(Field::user, RejectReason::missing_user, RejectReason::bad_user, event.user);
    if (reason == RejectReason::none) {
      reason = read_id(Field::item, RejectReason::missing_item, RejectReason::bad_item, event.item);
    }
    std::optional<double> value;
    if (reason == RejectReason::none && fields[Field::value].kind != Kind::absent) {
      value = finite_number(fields[Field::value]);
      if (!value) reason = RejectReason::bad_value;
    }
    if (reason == RejectReason::none) reason = read_time(record_time, event);
    if (reason != RejectReason::none) {
      result = reason;
      return;
    }
    const auto weight = weights.weigh(type, value);
    if (!weight) {
      result = Filtered{event.user};
      return;
    }
    event.weight = *weight;
    event.value = value.value_or(0.0);
    event.has_value = value.has_value();
  }

  void decode(std::string_view key, std::string_view payload, Timestamp record_time, Decoded& result) {
    if (payload.data() == nullptr) {
      result = tombstone(key);
    } else if (payload.empty()) {
      result = RejectReason::empty_payload;
    } else if (payload.size() > max_event_bytes) {
      result = RejectReason::too_large;
    } else if (const auto reason = fields.read(payload); reason != RejectReason::none) {
      result = reason;
    } else {
      read_fields(record_time, result);
    }
  }

  void read_fields(Timestamp record_time, Decoded& result) const {
    std::string_view type;
    if (const JsonScalar& scalar = fields[Field::type]; scalar.kind != Kind::absent) {
      if (scalar.kind != Kind::text || scalar.bytes.size() > max_id_bytes || !is_utf8(scalar.bytes)) {
        result = RejectReason::bad_type;
        return;
      }
      type = scalar.bytes;
    }
    if (const auto kind = control_kind(type)) {
      result = control(*kind);
    } else {
      read_event(type, record_time, result);
    }
  }

  std::vector<Decoded> results;
  std::size_t latest = 0;  // of the results
  JsonFields fields;
  EventWeights weights;
  std::chrono::milliseconds max_future;
  std::size_t max_id_bytes;
  std::size_t max_event_bytes;
};

Decoder::Decoder(const config::EventOptions& options, std::size_t results)
    : impl_(std::make_unique<Impl>(options, results)) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

const Decoded& Decoder::decode(std::string_view key, std::string_view payload, Timestamp record_time) {
  impl_->latest = impl_->latest + 1 == impl_->results.size() ? 0 : impl_->latest + 1;
  Decoded& result = impl_->results[impl_->latest];
  impl_->decode(key, payload, record_time, result);
  return result;
}

}  // namespace sluice::ingest
