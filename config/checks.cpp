#include "config/checks.h"

#include <algorithm>
#include <array>
#include <utility>

#include "config/duration.h"
#include "config/memory_plan.h"
#include "config/schema.h"
#include "config/values.h"

namespace sluice::config {
namespace {

class PairChecks {
 public:
  PairChecks(Options options, const Sound& sound) : options_(std::move(options)), sound_(sound) {}

  // Both options must be sound before the pair is judged; the problem stands at `path`.
  void require(bool fine, std::string_view path, std::string_view other, std::string message) {
    if (fine || !sound_(path) || !sound_(other)) return;
    const Spec* spec = find_spec(path);
    const std::string value = spec->secret ? std::string() : to_json(spec->in(options_)).dump();
    problems_.push_back({std::string(path), value, std::move(message)});
  }

  void at_least(milliseconds longer, milliseconds shorter, int times, std::string_view path,
                std::string_view other, std::string_view why) {
    const std::string factor = times == 1 ? "" : std::to_string(times) + " times ";
    require(longer >= shorter * times, path, other,
            "must be at least " + factor + std::string(other) + " (" + format_duration(shorter) +
                "): " + std::string(why));
  }

  [[nodiscard]] std::vector<Problem> take() { return std::move(problems_); }

 private:
  Options options_;
  const Sound& sound_;
  std::vector<Problem> problems_;
};

void check_kafka(const KafkaOptions& kafka, PairChecks& checks) {
  const auto among_topics = [&](const std::string& topic) {
    return !topic.empty() && std::ranges::find(kafka.topics, topic) != kafka.topics.end();
  };
  checks.require(!among_topics(kafka.dead_letter_topic), "kafka.dead_letter_topic", "kafka.topics",
                 "must not be one of kafka.topics: bad events would come back for ever");
  checks.require(!among_topics(kafka.control_topic), "kafka.control_topic", "kafka.topics",
                 "must not be one of kafka.topics: those are shared out, and every instance reads this one");
  checks.require(kafka.control_topic.empty() || kafka.control_topic != kafka.dead_letter_topic,
                 "kafka.control_topic", "kafka.dead_letter_topic",
                 "must not be kafka.dead_letter_topic: every dead letter would be read as a control event");
  auto topics = kafka.topics;
  std::ranges::sort(topics);
  checks.require(std::ranges::adjacent_find(topics) == topics.end(), "kafka.topics", "kafka.topics",
                 "must not name a topic twice");
}

// Without a password Redis takes every connection for the default user's.
void check_redis(const RedisOptions& redis, PairChecks& checks) {
  const std::string_view url = redis.url;
  const auto begin = url.find("://");
  const auto at = url.substr(0, url.find('/', begin + 3)).rfind('@');
  std::string_view login;  // "user:password"
  if (begin != url.npos && at != url.npos) login = url.substr(begin + 3, at - begin - 3);
  const auto colon = login.find(':');
  const bool url_has_user = !login.substr(0, colon).empty();
  const bool url_has_password = colon != login.npos && colon + 1 < login.size();
  const bool has_user = url_has_user || !redis.username.empty();
  const bool has_password = url_has_password || !redis.password.empty() || !redis.password_file.empty();
  checks.require(
      !has_user || has_password, "redis.password", url_has_user ? "redis.url" : "redis.username",
      "or redis.password_file must be given, because redis.url or redis.username names a user (any "
      "password, if this user needs none)");
}

void check_events(const EventOptions& events, PairChecks& checks) {
  checks.require(events.on_bad != "file" || !events.dead_letter_file.empty(), "events.dead_letter_file",
                 "events.on_bad", "must be given with events.on_bad = file");
  const std::array<std::pair<std::string_view, const std::string*>, 5> fields = {
      {{"events.user_field", &events.user_field},
       {"events.item_field", &events.item_field},
       {"events.type_field", &events.type_field},
       {"events.value_field", &events.value_field},
       {"events.timestamp_field", &events.timestamp_field}}};
  for (std::size_t later = 1; later < fields.size(); ++later) {
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      checks.require(*fields[later].second != *fields[earlier].second, fields[later].first,
                     fields[earlier].first, "must differ from " + std::string(fields[earlier].first));
    }
  }
}

void check_publish(const PublishOptions& publish, PairChecks& checks) {
  checks.at_least(publish.max_age, publish.linger, 1, "publish.max_age", "publish.linger",
                  "a list cannot be renewed sooner than it is made");
  checks.at_least(publish.ttl, publish.max_age, 2, "publish.ttl", "publish.max_age",
                  "lists would be gone before they are renewed");
  checks.at_least(publish.popular_ttl, publish.popular_interval, 2, "publish.popular_ttl",
                  "publish.popular_interval", "the list would be gone before it is renewed");
}

void check_memory(const Options& options, PairChecks& checks) {
  const std::size_t shards = shard_count(options);
  const std::uint64_t least = least_max_bytes(options, shards);
  const std::uint64_t given = options.limits.max_bytes;
  checks.require(
      given == 0 || given >= least, "limits.max_bytes", "publish.max_pending_lists",
      "must be 0 or at least " + std::to_string(least) + ": what the program takes with " +
          std::to_string(shards) +
          " shards, its queues (kafka.properties: queued.max.messages.kbytes), lists that wait for Redis "
          "(publish.max_pending_lists) and hardly any users and items");
}

}  // namespace

std::vector<Problem> check_together(const Options& options, const Sound& sound) {
  PairChecks checks(options, sound);
  check_kafka(options.kafka, checks);
  checks.require(options.redis.password.empty() || options.redis.password_file.empty(), "redis.password_file",
                 "redis.password", "must be empty when redis.password is given");
  check_redis(options.redis, checks);
  check_events(options.events, checks);
  check_publish(options.publish, checks);
  check_memory(options, checks);
  const auto entries = options.ranking.list_size + options.ranking.spare_entries;
  checks.require(
      options.ranking.candidates >= entries, "ranking.candidates", "ranking.list_size",
      "must be at least ranking.list_size + ranking.spare_entries (" + std::to_string(entries) + ")");
  return checks.take();
}

std::vector<Problem> check_required(Options& options, const Sound& sound) {
  std::vector<Problem> problems;
  for (const Spec& spec : schema()) {
    if (spec.need != Need::service || !sound(spec.path)) continue;
    if (const auto value = to_json(spec.in(options)); value.empty() || value == "") {
      problems.push_back(
          {std::string(spec.path), "", "is required, for example " + std::string(spec.example)});
    }
  }
  return problems;
}

std::vector<std::string> notes_on(const Options& options) {
  std::vector<std::string> notes;
  if (options.events.on_bad == "topic" && options.kafka.dead_letter_topic.empty()) {
    notes.emplace_back("kafka.dead_letter_topic is empty: bad events are counted and dropped");
  }
  if (options.events.on_bad != "topic" && !options.kafka.dead_letter_topic.empty()) {
    notes.push_back("events.on_bad is " + options.events.on_bad + ": kafka.dead_letter_topic is not used");
  }
  if (options.events.on_bad != "file" && !options.events.dead_letter_file.empty()) {
    notes.push_back("events.on_bad is " + options.events.on_bad + ": events.dead_letter_file is not used");
  }
  return notes;
}

}  // namespace sluice::config
