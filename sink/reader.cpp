#include "sink/reader.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "sink/list_compact.h"
#include "sink/live_list.h"
#include "sink/redis_connection.h"
#include "sink/redis_keys.h"

namespace sluice::sink {

Reader::Reader(std::unique_ptr<RedisConnection> connection, std::string prefix)
    : connection_(std::move(connection)), prefix_(std::move(prefix)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Result<Reader, RedisFailure> Reader::connect(const config::RedisOptions& options) {
  auto connection = RedisConnection::connect(options);
  if (!connection) return connection.error();
  return Reader(std::move(connection.value()), options.prefix);
}

Result<Lookup, RedisFailure> Reader::lookup(std::string_view user, Merge merge, std::size_t entries) {
  auto own = read(RedisKeys(prefix_).user(user), Lookup::Source::user, merge, entries);
  if (!own || own.value().source == Lookup::Source::user) return own;
  return popular(merge, entries);
}

Result<Lookup, RedisFailure> Reader::popular(Merge merge, std::size_t entries) {
  return read(RedisKeys(prefix_).popular(), Lookup::Source::popular, merge, entries);
}

Result<Lookup, RedisFailure> Reader::read(const std::string& key, Lookup::Source source, Merge merge,
                                          std::size_t entries) {
  const auto document = connection_->run({"GET", key});
  if (!document) return document.error();
  if (document.value().view().is_nil()) return Lookup{};
  auto list = parse_list(document.value().view().text());
  if (!list) return RedisFailure{RedisErrorKind::ours, key + " holds no list: " + list.error()};
  Lookup found;
  found.source = source;
  found.list = std::move(list.value());
  found.raw = document.value().view().text();
  const auto ttl = connection_->run({"PTTL", key});
  if (!ttl) return ttl.error();
  const std::int64_t left = ttl.value().view().integer();
  if (left >= 0) found.expires_in = std::chrono::milliseconds(left);
  std::size_t shown = found.list.items.size();
  if (merge == Merge::on && found.list.live) {
    if (auto failure = merge_live_list(found)) return std::move(*failure);
  }
  if (found.merged) shown = std::max(shown, entries);
  if (auto failure = leave_out_hidden(found)) return std::move(*failure);
  if (found.list.items.size() > shown) found.list.items.resize(shown);
  return found;
}

// Every entry of both, so that enough are left without the hidden ones.
std::optional<RedisFailure> Reader::merge_live_list(Lookup& found) {
  const auto now = wall_now();
  const LiveParts parts = *std::exchange(found.list.live, std::nullopt);
  found.context = live_context(parts.history, parts.last_take, now);
  const std::string key = RedisKeys(prefix_).live(found.context);
  const auto document = connection_->run({"GET", key});
  if (!document) return document.error();
  if (document.value().view().is_nil()) return {};
  const auto live = parse_live_list(document.value().view().text());
  if (!live) return RedisFailure{RedisErrorKind::ours, key + " holds no live list: " + live.error()};
  found.list.items = merge_live(found.list.items, parts, live.value().items);
  found.merged = true;
  return {};
}

std::optional<RedisFailure> Reader::leave_out_hidden(Lookup& found) {
  if (found.list.items.empty()) return {};
  const std::string key = RedisKeys(prefix_).hidden();
  std::vector<std::string_view> question = {"SMISMEMBER", key};
  for (const ListEntry& entry : found.list.items) question.push_back(entry.item);
  const auto answer = connection_->run(question);
  if (!answer) return answer.error();
  const RedisReplyView is_member = answer.value().view();
  std::vector<ListEntry> shown;
  for (std::size_t i = 0; i < found.list.items.size(); ++i) {
    const bool is_hidden = i < is_member.size() && is_member.at(i).integer() == 1;
    if (!is_hidden) shown.push_back(std::move(found.list.items[i]));
  }
  found.hidden = found.list.items.size() - shown.size();
  found.list.items = std::move(shown);
  return {};
}

Result<std::map<std::string, StatusFields>, RedisFailure> Reader::statuses() {
  const RedisKeys keys(prefix_);
  const auto instances = connection_->run({"SMEMBERS", keys.instances()});
  if (!instances) return instances.error();
  std::map<std::string, StatusFields> statuses;
  for (std::size_t i = 0; i < instances.value().view().size(); ++i) {
    const std::string instance(instances.value().view().at(i).text());
    const auto hash = connection_->run({"HGETALL", keys.status(instance)});
    if (!hash) return hash.error();
    const RedisReplyView pairs = hash.value().view();
    StatusFields& fields = statuses[instance];
    for (std::size_t at = 0; at + 1 < pairs.size(); at += 2) {
      fields[std::string(pairs.at(at).text())] = pairs.at(at + 1).text();
    }
  }
  return statuses;
}

std::optional<RedisFailure> Reader::why_no_writes() {
  // Of a key that is not there, so that XX keeps it from being made.
  const std::string key = prefix_ + ":probe";
  const auto reply = connection_->run({"SET", key, "", "XX", "PX", "1"});
  if (reply) return std::nullopt;
  const RedisFailure& failure = reply.error();
  const bool no_writes = failure.kind == RedisErrorKind::retry || failure.text.starts_with("MISCONF");
  return no_writes ? std::optional(failure) : std::nullopt;
}

}  // namespace sluice::sink
