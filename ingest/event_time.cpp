#include "ingest/event_time.h"

#include <charconv>
#include <cmath>
#include <cstdint>

namespace sluice::ingest {
namespace {

constexpr std::int64_t kLastSecond = to_unix_ms(kLastEventTime) / 1000;

std::optional<Timestamp> checked(Timestamp t) {
  if (!is_event_time(t)) return std::nullopt;
  return t;
}

// Takes a fixed form apart from left to right; ok() turns false for good at the first mismatch.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  int digits(std::size_t count) {
    if (rest_.size() < count) return fail();
    int number = 0;
    for (const char c : rest_.substr(0, count)) {
      if (c < '0' || c > '9') return fail();
      number = number * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return number;
  }
  bool skip_any(std::string_view allowed) {
    if (rest_.empty() || allowed.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect_any(std::string_view allowed) {
    if (!skip_any(allowed)) ok_ = false;
  }
  // The digits after a decimal point as milliseconds; at least one is needed.
  int fraction_ms() {
    int ms = 0;
    int scale = 100;
    std::size_t count = 0;
    for (; count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9'; ++count) {
      ms += (rest_[count] - '0') * scale;
      scale /= 10;
    }
    if (count == 0) return fail();
    rest_.remove_prefix(count);
    return ms;
  }
  [[nodiscard]] char front() const { return rest_.empty() ? '\0' : rest_.front(); }
  [[nodiscard]] bool done() const { return ok_ && rest_.empty(); }

 private:
  int fail() {
    ok_ = false;
    return 0;
  }
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

std::optional<Timestamp> parse_unix_time(std::string_view number) {
  const char* const end = number.data() + number.size();
  std::int64_t whole = 0;
  if (const auto [at, error] = std::from_chars(number.data(), end, whole);
      error == std::errc{} && at == end) {
    if (whole < 0) return std::nullopt;
    return checked(from_unix_ms(whole <= kLastSecond ? whole * 1000 : whole));
  }
  double real = 0;
  const auto [at, error] = std::from_chars(number.data(), end, real);
  if (error != std::errc{} || at != end || !(real >= 0 && real <= 1e13)) return std::nullopt;
  const double ms = real <= static_cast<double>(kLastSecond) ? std::round(real * 1000) : std::floor(real);
  return checked(from_unix_ms(static_cast<std::int64_t>(ms)));
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  Scanner scan(text);
  const year y{scan.digits(4)};
  scan.expect_any("-");
  const month m{static_cast<unsigned>(scan.digits(2))};
  scan.expect_any("-");
  const day d{static_cast<unsigned>(scan.digits(2))};
  scan.expect_any("Tt ");
  const int hour = scan.digits(2);
  scan.expect_any(":");
  const int minute = scan.digits(2);
  scan.expect_any(":");
  const int second = scan.digits(2);
  const int ms = scan.skip_any(".") ? scan.fraction_ms() : 0;
  int offset_minutes = 0;
  if (!scan.skip_any("Zz")) {
    const int sign = scan.front() == '-' ? -1 : 1;
    scan.expect_any("+-");
    const int offset_hour = scan.digits(2);
    scan.expect_any(":");
    const int offset_minute = scan.digits(2);
    if (offset_hour > 23 || offset_minute > 59) return std::nullopt;
    offset_minutes = sign * (offset_hour * 60 + offset_minute);
  }
  const year_month_day date{y, m, d};
  if (!scan.done() || !date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return checked(Timestamp{sys_days{date}} + hours{hour} + minutes{minute - offset_minutes} +
                 seconds{second} + milliseconds{ms});
}

std::optional<Timestamp> parse_event_time(std::string_view text) {
  if (!text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos) {
    return parse_unix_time(text);
  }
  return parse_rfc3339(text);
}

}  // namespace sluice::ingest
