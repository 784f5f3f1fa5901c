#include "ingest/event_file.h"

#include <charconv>
#include <cmath>

#include "ingest/csv.h"
#include "ingest/decoder.h"
#include "ingest/event_time.h"
#include "ingest/text_file.h"

namespace sluice::ingest {
namespace {

constexpr Timestamp kNoRecordTime{};

// The mapping without what EventWeights does later, so that files keep every event.
config::EventOptions unfiltered(config::EventOptions mapping) {
  const config::EventOptions neutral;
  mapping.types.clear();
  mapping.default_weight = 1.0;
  mapping.value = "ignore";
  mapping.min_value = neutral.min_value;
  return mapping;
}

}  // namespace

struct EventFile::Impl {
  struct Columns {
    std::size_t user = 0;
    std::size_t item = 0;
    std::size_t time = 0;
    bool time_is_ms = true;
    std::optional<std::size_t> value;
    std::optional<std::size_t> type;
  };

  Impl(const std::string& file_path, const config::EventOptions& mapping)
      : path(file_path), file(file_path), decoder(unfiltered(mapping)) {
    int c = file.peek();
    while (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      if (file.get() == '\n') ++line;
      c = file.peek();
    }
    if (c == '{') return;
    if (!file.error().empty()) {
      error = file.error();
      return;
    }
    csv.emplace(file);
    read_header();
  }

  std::optional<FileEvent> fail(const std::string& what) {
    error = path + ": line " + std::to_string(line) + ": " + what;
    return std::nullopt;
  }

  void read_header() {
    if (!csv->error().empty()) {
      error = path + ": " + csv->error();
      return;
    }
    const auto user = csv->column("user");
    const auto item = csv->column("item");
    const auto ms = csv->column("timestamp_ms");
    const auto time = ms ? ms : csv->column("timestamp");
    if (!user || !item || !time) {
      error = path + ": neither JSON lines nor CSV with a header that names timestamp_ms, user and item";
      return;
    }
    columns = Columns{*user, *item, *time, ms.has_value(), csv->column("value"), csv->column("type")};
  }

  std::optional<FileEvent> next() {
    if (!error.empty()) return std::nullopt;
    return csv ? next_of_csv() : next_of_lines();
  }

  std::optional<FileEvent> next_of_csv() {
    const std::vector<std::string>* const fields = csv->next();
    line = csv->line();
    if (fields == nullptr) {
      if (!csv->error().empty()) error = file.error().empty() ? path + ": " + csv->error() : file.error();
      return std::nullopt;
    }
    FileEvent event;
    event.user = (*fields)[columns.user];
    event.item = (*fields)[columns.item];
    if (columns.type) event.type = (*fields)[*columns.type];
    const auto control = control_kind(event.type);
    const bool needs_user = !control || is_about_user(*control);
    const bool needs_item = control != Control::Kind::erase_user;
    if ((needs_user && event.user.empty()) || (needs_item && event.item.empty()))
      return fail("the user or the item is empty");
    const std::string& time = (*fields)[columns.time];
    if (control && (time.empty() || *control != Control::Kind::retract)) {
      return of_control({*control, needs_user ? event.user : "", needs_item ? event.item : "", std::nullopt});
    }
    const auto parsed = columns.time_is_ms ? parse_ms(time) : parse_event_time(time);
    if (!parsed) return fail("bad timestamp '" + time + "'");
    if (control) return of_control({*control, event.user, event.item, *parsed});
    event.time = *parsed;
    event.has_value = columns.value && !(*fields)[*columns.value].empty();
    if (event.has_value) {
      const std::string& text = (*fields)[*columns.value];
      const auto [at, code] = std::from_chars(text.data(), text.data() + text.size(), event.value);
      if (code != std::errc{} || at != text.data() + text.size() || !std::isfinite(event.value)) {
        return fail("bad value '" + text + "'");
      }
    }
    return event;
  }

  static std::optional<Timestamp> parse_ms(const std::string& text) {
    std::int64_t ms = 0;
    const auto [at, code] = std::from_chars(text.data(), text.data() + text.size(), ms);
    if (code != std::errc{} || at != text.data() + text.size() || !is_event_time(from_unix_ms(ms))) {
      return std::nullopt;
    }
    return from_unix_ms(ms);
  }

  std::optional<FileEvent> next_of_lines() {
    do {
      text.clear();
      ++line;
      if (!file.append_line(text)) {
        error = file.error();
        return std::nullopt;
      }
    } while (text.find_first_not_of(" \t") == std::string::npos);
    if (!file.error().empty()) {
      error = file.error();
      return std::nullopt;
    }
    const Decoded decoded = decoder.decode({}, text, kNoRecordTime);
    if (const auto* reason = std::get_if<RejectReason>(&decoded))
      return fail(std::string(to_string(*reason)));
    if (const auto* control = std::get_if<Control>(&decoded)) return of_control(*control);
    const auto& found = std::get<Event>(decoded);
    FileEvent event;
    event.user = found.user;
    event.item = found.item;
    event.type = found.type;
    event.value = found.value;
    event.has_value = found.has_value;
    event.time = found.time;
    return event;
  }

  static std::optional<FileEvent> of_control(const Control& control) {
    FileEvent event;
    event.user = control.user;
    event.item = control.item;
    event.type = to_string(control.kind);
    event.has_value = false;
    event.has_time = control.time.has_value();
    event.time = control.time.value_or(Timestamp{});
    return event;
  }

  std::string path;
  TextFile file;
  Decoder decoder;
  std::optional<CsvReader> csv;
  Columns columns;
  std::string text;        // of the current JSON line
  std::uint64_t line = 0;  // where the last event began
  std::string error;
};

EventFile::EventFile(const std::string& path, const config::EventOptions& mapping)
    : impl_(std::make_unique<Impl>(path, mapping)) {}
EventFile::~EventFile() = default;
EventFile::EventFile(EventFile&&) noexcept = default;
EventFile& EventFile::operator=(EventFile&&) noexcept = default;

std::optional<FileEvent> EventFile::next() {
  return impl_->next();
}
const std::string& EventFile::error() const {
  return impl_->error;
}
double EventFile::progress() const {
  return impl_->file.progress();
}

}  // namespace sluice::ingest
