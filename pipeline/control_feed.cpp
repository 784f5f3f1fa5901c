#include "pipeline/control_feed.h"

#include <spdlog/spdlog.h>

#include <optional>
#include <utility>
#include <variant>

namespace sluice::pipeline {
namespace {

using ingest::Control;

struct Word {
  std::string item;
  bool hidden = false;
};

std::optional<Word> read_word(ingest::Decoder& decoder, const ingest::Record& record) {
  if (record.payload.data() == nullptr && !record.key.empty()) return Word{std::string(record.key), false};
  const ingest::Decoded decoded = decoder.decode(record.key, record.payload, record.record_time);
  const auto* const control = std::get_if<Control>(&decoded);
  if (control == nullptr) return std::nullopt;
  if (control->kind != Control::Kind::hide_item && control->kind != Control::Kind::show_item)
    return std::nullopt;
  return Word{std::string(control->item), control->kind == Control::Kind::hide_item};
}

}  // namespace

ControlFeed::ControlFeed(const config::Options& options, HiddenItems& hidden, sink::ListPublisher& publisher)
    : hidden_(hidden),
      publisher_(publisher),
      decoder_(options.events),
      follower_(
          options.kafka, options.instance, options.kafka.control_topic,
          {[this](const ingest::Record& record) { take(record); }, [this] { finish_first_reading(); }}) {}

void ControlFeed::take(const ingest::Record& record) {
  auto word = read_word(decoder_, record);
  if (!word) {
    ++bad_;
    if (const auto held_back = bad_limiter_.admit("", RepeatLimiter::Clock::now())) {
      const std::string text = "partition " + std::to_string(static_cast<std::int32_t>(record.partition)) +
                               ", offset " + std::to_string(static_cast<std::int64_t>(record.offset)) +
                               ": neither hide_item nor show_item";
      spdlog::warn("control topic, {}", with_held_back(text, *held_back));
    }
    return;
  }
  ++applied_;
  if (caught_up_) {
    set(word->item, word->hidden);
  } else {
    first_reading_[std::move(word->item)] = word->hidden;
  }
}

void ControlFeed::set(const std::string& item, bool hidden) {
  hidden_.set(item, hidden);
  publisher_.set_hidden(item, hidden);
}

void ControlFeed::finish_first_reading() {
  for (const auto& [item, hidden] : first_reading_) set(item, hidden);
  first_reading_.clear();
  caught_up_ = true;
}

}  // namespace sluice::pipeline
