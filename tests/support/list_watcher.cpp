#include "support/list_watcher.h"

#include <cstdlib>
#include <optional>
#include <utility>

#include "support/wait_until.h"

namespace sluice::test {
namespace {

constexpr std::chrono::milliseconds kPause{5};

std::optional<sink::Reader> connect(const std::string& url) {
  config::RedisOptions options;
  options.url = url;
  options.connect_timeout = std::chrono::milliseconds{500};
  options.command_timeout = std::chrono::milliseconds{1000};
  auto reader = sink::Reader::connect(options);
  if (!reader.ok()) return std::nullopt;
  return std::move(reader.value());
}

}  // namespace

ListWatcher::ListWatcher(std::string redis_url, std::size_t users)
    : redis_url_(std::move(redis_url)),
      users_(users),
      thread_([this](const std::stop_token& stop) { watch(stop); }) {}

std::vector<std::string> ListWatcher::violations() const {
  const std::lock_guard lock(mutex_);
  return violations_;
}

std::size_t ListWatcher::advances() const {
  const std::lock_guard lock(mutex_);
  return advances_;
}

void ListWatcher::watch(const std::stop_token& stop) {
  std::optional<sink::Reader> reader;
  for (std::size_t turn = 0; !stop.stop_requested(); ++turn) {
    std::this_thread::sleep_for(kPause);
    if (!reader) reader = connect(redis_url_);
    if (reader && !look(*reader, "u" + std::to_string(turn % users_))) reader.reset();
  }
}

bool ListWatcher::look(sink::Reader& reader, const std::string& user) {
  const auto found = reader.lookup(user, sink::Reader::Merge::off);
  if (!found.ok()) {
    if (found.error().kind == sink::RedisErrorKind::ours) note(user + ": " + found.error().text);
    return false;
  }
  if (found.value().source != sink::Lookup::Source::user) return true;
  const sink::List& list = found.value().list;
  const Seen now{list.partition, list.offset, list.made};
  const auto [known, first] = seen_.try_emplace(user, now);
  const Seen before = std::exchange(known->second, now);
  if (before.partition != now.partition) return true;
  if (now.offset > before.offset) {
    const std::lock_guard lock(mutex_);
    ++advances_;
  }
  if (now.offset < before.offset && !started_since(before.made)) {
    note("the list of " + user + " went back from offset " +
         std::to_string(static_cast<std::int64_t>(before.offset)) + " to " +
         std::to_string(static_cast<std::int64_t>(now.offset)) + " without a restart");
  }
  return true;
}

bool ListWatcher::started_since(Timestamp time) {
  return wait_until(
      [&] {
        auto reader = connect(redis_url_);
        if (!reader) return false;
        const auto statuses = reader->statuses();
        if (!statuses.ok()) return false;
        const auto status = statuses.value().find("a");
        if (status == statuses.value().end()) return false;
        const auto started = status->second.find("started_at_ms");
        return started != status->second.end() &&
               std::strtoll(started->second.c_str(), nullptr, 10) >= to_unix_ms(time);
      },
      std::chrono::seconds{10});
}

void ListWatcher::note(std::string violation) {
  const std::lock_guard lock(mutex_);
  violations_.push_back(std::move(violation));
}

}  // namespace sluice::test
