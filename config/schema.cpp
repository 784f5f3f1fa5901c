#include "config/schema.h"

#include <algorithm>
#include <iterator>

#include "config/text_checks.h"

namespace sluice::config {
namespace {

template <auto... Members>
Slot member(Options& options) {
  return &(options.*....*Members);
}

constexpr double operator""_s(unsigned long long count) {
  return static_cast<double>(count) * 1000;
}
constexpr double operator""_d(unsigned long long count) {
  return static_cast<double>(count) * 86'400'000;
}

using O = Options;
using K = KafkaOptions;
using R = RedisOptions;
using S = SnapshotOptions;
using E = EventOptions;
using M = ModelOptions;
using G = RankingOptions;
using P = PublishOptions;
using L = LimitsOptions;

const std::vector<Section> kSections = {
    {"kafka", "Where events come from."},
    {"redis", "Where lists go."},
    {"snapshot", "The state on disk that a restart begins from."},
    {"events", "How a Kafka record becomes an event."},
    {"model", "What is learned."},
    {"ranking", "What a list holds."},
    {"publish", "When lists are written, and how long they live."},
    {"limits", "What is bounded, and by how much."},
    {"epoch",
     "How often the shards exchange what they learned about items: at whichever of these comes first."},
    {"http", "Metrics and health by HTTP."},
};

std::vector<Spec> general_specs() {
  return {
      {"instance", member<&O::instance>, &check_instance,
       "Name of this process in Redis and in the snapshot folder. Each process of a group has its own."},
      {"shards", member<&O::shards>, Range{0, 256},
       "Threads that learn and rank. 0: as many as there are CPUs that the process may use, by its affinity "
       "and\n"
       "control groups, and room for in limits.max_bytes."},
      {"seed",
       member<&O::seed>,
       {},
       "Seed of all random draws. The same events and seed give the same model."},
      {"log_level", member<&O::log_level>, Choices{{"trace", "debug", "info", "warn", "error", "off"}},
       "Least severe message that is logged to stderr."},
  };
}

std::vector<Spec> kafka_specs() {
  constexpr auto kKafka = &O::kafka;
  return {
      {.path = "kafka.brokers",
       .slot = member<kKafka, &K::brokers>,
       .bounds = &check_brokers,
       .description = "Brokers to begin with. Required.",
       .need = Need::service,
       .example = R"("127.0.0.1:9092")"},
      {.path = "kafka.topics",
       .slot = member<kKafka, &K::topics>,
       .bounds = &check_topic,
       .description =
           "Topics with events, keyed by user id. All have the same number of partitions and the same\n"
           "partitioner, so that a user's events are in same-numbered partitions. Required.",
       .need = Need::service,
       .example = R"(["events"])"},
      {"kafka.group", member<kKafka, &K::group>, &check_not_empty,
       "Consumer group; its members share the partitions."},
      {"kafka.dead_letter_topic", member<kKafka, &K::dead_letter_topic>, &check_topic_or_empty,
       "Topic for events that cannot be used, with origin and reason in headers. Empty: see events.on_bad."},
      {"kafka.control_topic", member<kKafka, &K::control_topic>, &check_topic_or_empty,
       "Topic with hide_item and show_item, keyed by item, read whole from its beginning by every instance. "
       "Empty: none."},
      {"kafka.start_without_snapshot", member<kKafka, &K::start_without_snapshot>, &check_start,
       "Where to begin when the group has neither snapshot nor commits: earliest, latest, an RFC 3339 time "
       "or\n"
       "milliseconds since the epoch."},
      {"kafka.allow_cold_start",
       member<kKafka, &K::allow_cold_start>,
       {},
       "Start although the group has commits but no snapshot is found: what was learned before is lost.\n"
       "false: exit 3 instead."},
      {"kafka.on_log_gap", member<kKafka, &K::on_log_gap>, Choices{{"fail", "continue"}},
       "When records between the snapshot and the start of the log are gone, or the topic was made anew: "
       "fail,\n"
       "or continue at the start of the log and count them."},
      {"kafka.properties",
       member<kKafka, &K::properties>,
       {},
       "Passed to librdkafka as they are, all values as text: TLS, SASL, fetch sizes. Those that Sluice "
       "itself\n"
       "depends on are refused. Values of properties that name a password, secret or key are never printed."},
  };
}

std::vector<Spec> redis_specs() {
  constexpr auto kRedis = &O::redis;
  return {
      {"redis.url", member<kRedis, &R::url>, &check_redis_url,
       "redis://[user[:password]@]host[:port][/db] or unix:///path[?db=N]. Better keep the password "
       "elsewhere."},
      {"redis.prefix", member<kRedis, &R::prefix>, &check_prefix, "Every key begins with this and a colon."},
      {"redis.username",
       member<kRedis, &R::username>,
       {},
       "ACL user; also SLUICE_REDIS_USERNAME. Empty: default user."},
      {.path = "redis.password",
       .slot = member<kRedis, &R::password>,
       .bounds = {},
       .description = "Better SLUICE_REDIS_PASSWORD or redis.password_file. Empty: none.",
       .secret = true},
      {"redis.password_file",
       member<kRedis, &R::password_file>,
       {},
       "File whose first line is the password."},
      {"redis.connect_timeout", member<kRedis, &R::connect_timeout>, Range{10, 60_s},
       "For making a connection."},
      {"redis.command_timeout", member<kRedis, &R::command_timeout>, Range{10, 60_s},
       "For a reply; after that the connection is replaced."},
      {"redis.pipeline_depth", member<kRedis, &R::pipeline_depth>, Range{1, 65536},
       "Commands in flight on one connection. More: fewer round trips, and more to send again after a cut."},
  };
}

std::vector<Spec> snapshot_specs() {
  constexpr auto kSnapshot = &O::snapshot;
  return {
      {"snapshot.folder", member<kSnapshot, &S::folder>, &check_not_empty,
       "Every instance writes below <folder>/<instance>/ and reads what its siblings wrote."},
      {"snapshot.interval", member<kSnapshot, &S::interval>, Range{1_s, 1_d},
       "Time between snapshots. Kafka offsets are committed when one is durable, so that a crash replays "
       "about\n"
       "this much of the stream."},
      {"snapshot.keep", member<kSnapshot, &S::keep>, Range{1, 100},
       "Newest snapshots kept for each instance."},
  };
}

std::vector<Spec> event_specs() {
  constexpr auto kEvents = &O::events;
  constexpr double kLargest = 1e6;
  return {
      {"events.user_field", member<kEvents, &E::user_field>, &check_pointer,
       "JSON pointer to the user's id."},
      {"events.item_field", member<kEvents, &E::item_field>, &check_pointer,
       "JSON pointer to the item's id."},
      {"events.type_field", member<kEvents, &E::type_field>, &check_pointer,
       "JSON pointer to the type, if any."},
      {"events.value_field", member<kEvents, &E::value_field>, &check_pointer,
       "JSON pointer to the value, if any."},
      {"events.timestamp_field", member<kEvents, &E::timestamp_field>, &check_pointer,
       "JSON pointer to the time, if any: ms or s since the epoch, or RFC 3339. Without it the record's "
       "counts."},
      {"events.types", member<kEvents, &E::types>, Range{-kLargest, kLargest},
       "Weight of an event by its type. Negative means \"not this\"; 0 leaves the type out."},
      {"events.default_weight", member<kEvents, &E::default_weight>, Range{-kLargest, kLargest},
       "Weight of types that are not named above, and of events without a type."},
      {"events.value", member<kEvents, &E::value>, Choices{{"ignore", "scale"}},
       "What an event's value does: nothing, or multiply the weight."},
      {"events.min_value", member<kEvents, &E::min_value>, Range{-1e300, 1e300},
       "Events with a smaller value are left out (counted, not learned)."},
      {"events.max_future", member<kEvents, &E::max_future>, Range{0, 3650_d},
       "An event time later than its record's by more than this is set to that, and counted."},
      {"events.max_id_bytes", member<kEvents, &E::max_id_bytes>, Range{1, 65535},
       "Longer user or item ids make the event bad."},
      {"events.max_event_bytes", member<kEvents, &E::max_event_bytes>, Range{64, 16'777'216},
       "Longer records are bad."},
      {"events.on_bad", member<kEvents, &E::on_bad>, Choices{{"topic", "file", "drop"}},
       "Where bad events go; they are counted by reason in any case. topic without kafka.dead_letter_topic\n"
       "drops them."},
      {"events.dead_letter_file",
       member<kEvents, &E::dead_letter_file>,
       {},
       "JSON lines, for on_bad = file."},
      {"events.max_bad_share", member<kEvents, &E::max_bad_share>, Range{0.001, 1},
       "The service stops when more than this share of the last 10,000 records is bad. 1: never."},
  };
}

std::vector<Spec> model_specs() {
  constexpr auto kModel = &O::model;
  return {
      {"model.signals", member<kModel, &M::signals>, &check_not_empty,
       "Signals that take part, by the names that `sluice evaluate` prints under parts. Empty: all."},
      {"model.objective", member<kModel, &M::objective>, Choices{{"ranking", "rating"}},
       "ranking: what a user takes next. rating: the value that an event will have, and lists by it; for\n"
       "`sluice evaluate` and `sluice compare` only."},
      {"model.ranker", member<kModel, &M::ranker>, &check_not_empty,
       "blend, or the name of one signal to rank by that alone; for `sluice evaluate` and `sluice compare`\n"
       "also that of a baseline (docs/baselines.md)."},
      {"model.parameters", member<kModel, &M::parameters>, Range{-1e12, 1e12},
       "Numbers of the model by name, where they differ from the built-in ones. None needs tuning."},
  };
}

std::vector<Spec> ranking_specs() {
  constexpr auto kRanking = &O::ranking;
  return {
      {"ranking.list_size", member<kRanking, &G::list_size>, Range{1, 1000}, "Entries of a list."},
      {"ranking.spare_entries", member<kRanking, &G::spare_entries>, Range{0, 1000},
       "Further entries behind those, for readers that filter."},
      {"ranking.repeats", member<kRanking, &G::repeats>, Choices{{"include", "exclude"}},
       "Whether a list may hold items that its user already had."},
      {"ranking.candidates", member<kRanking, &G::candidates>, Range{1, 100'000},
       "Items scored exactly for a list. More: slower, and hardly better above 200."},
  };
}

std::vector<Spec> publish_specs() {
  constexpr auto kPublish = &O::publish;
  return {
      {"publish.format", member<kPublish, &P::format>, Choices{{"json", "compact"}},
       "json, or the compact form of docs/redis.md: half the memory, more work for readers."},
      {"publish.linger", member<kPublish, &P::linger>, Range{0, 60_s},
       "A user with a new event waits this long for further ones before the list is made."},
      {"publish.active_window", member<kPublish, &P::active_window>, Range{0, 3650_d},
       "Users with an event this recent (in the stream's time) are kept fresh without new events."},
      {"publish.max_age", member<kPublish, &P::max_age>, Range{1_s, 365_d},
       "Such a user's list is made again after this. Shorter: fresher lists, more work."},
      {"publish.idle_window", member<kPublish, &P::idle_window>, Range{0, 3650_d},
       "Users that are not active, but had an event this recently, may come back: their lists are kept up, "
       "too,\n"
       "if less often. 0: not at all."},
      {"publish.idle_max_age", member<kPublish, &P::idle_max_age>, Range{1_s, 365_d},
       "Their lists are made again after this, and not before publish.max_age."},
      {"publish.ttl", member<kPublish, &P::ttl>, Range{1_s, 3650_d}, "Redis forgets a list after this."},
      {"publish.popular_interval", member<kPublish, &P::popular_interval>, Range{50, 3600_s},
       "The list for unknown users is made again after this."},
      {"publish.popular_ttl", member<kPublish, &P::popular_ttl>, Range{1_s, 3650_d},
       "Redis forgets that list after this."},
      {"publish.kept_entries", member<kPublish, &P::kept_entries>, Range{0, 1000},
       "Entries behind the shown ones that a user's document keeps for readers who merge it with a live "
       "list."},
      {"publish.live_entries", member<kPublish, &P::live_entries>, Range{0, 1000},
       "Entries of each live list: what moves now, for everybody of one context. 0: no live lists."},
      {"publish.live_interval", member<kPublish, &P::live_interval>, Range{50, 3600_s},
       "Live lists are made again after this, and written where they changed."},
      {"publish.live_ttl", member<kPublish, &P::live_ttl>, Range{1_s, 3650_d},
       "Redis forgets a live list after this; readers then use the user's document alone."},
      {"publish.status_interval", member<kPublish, &P::status_interval>, Range{50, 60_s},
       "Time between writes of the instance's status."},
      {"publish.max_pending_lists", member<kPublish, &P::max_pending_lists>, Range{1, 100'000'000},
       "Lists made and not yet acknowledged by Redis; above, users stay marked and wait. Fewer where "
       "limits.max_bytes\n"
       "leaves less room."},
  };
}

std::vector<Spec> limit_specs() {
  constexpr auto kLimits = &O::limits;
  return {
      {"limits.history_per_user", member<kLimits, &L::history_per_user>, Range{20, 32768},
       "Latest events kept for each user."},
      {"limits.seen_per_user", member<kLimits, &L::seen_per_user>, Range{0, 10'000'000},
       "Items a user had that are remembered exactly; beyond, by a Bloom filter."},
      {"limits.taught_per_day", member<kLimits, &L::taught_per_day>, Range{0, 1'000'000},
       "Events of one user that teach the others: so many at once, and as many again each day. What goes "
       "beyond\n"
       "enters the user's own history and list, and is counted (untaught). 0: no limit."},
      {"limits.max_users", member<kLimits, &L::max_users>, Range{1, 4e9},
       "Users kept in this process; above, the least recently active are evicted and counted."},
      {"limits.max_items", member<kLimits, &L::max_items>, Range{1, 16e6}, "The same for items."},
      {"limits.max_bytes", member<kLimits, &L::max_bytes>, Range{0, 1e12},
       "Memory of the process (RSS), with a snapshot under way. Users and items that find no room in it are "
       "evicted\n"
       "and counted in the same way; items get at most half of what the program itself leaves. 0: nine "
       "tenths of\n"
       "what the process's control groups allow, if they limit it."},
      {"limits.shutdown", member<kLimits, &L::shutdown>, Range{1_s, 600_s},
       "From SIGTERM to exit: last lists, snapshot, commit."},
  };
}

std::vector<Spec> epoch_and_http_specs() {
  constexpr auto kEpoch = &O::epoch;
  return {
      {"epoch.max_events", member<kEpoch, &EpochOptions::max_events>, Range{0, 1e7},
       "Events in all shards. 0: half the number of items, at least 1,000 and at most 20,000."},
      {"epoch.max_wait", member<kEpoch, &EpochOptions::max_wait>, Range{1, 60_s},
       "Wall clock, in the service only."},
      {"epoch.max_span", member<kEpoch, &EpochOptions::max_span>, Range{1_s, 1_d}, "Time of the stream."},
      {"http.listen", member<&O::http, &HttpOptions::listen>, &check_listen,
       "Address for /metrics, /healthz, /readyz and /status, such as \"127.0.0.1:9464\". Empty: off."},
  };
}

std::vector<Spec> all_specs() {
  std::vector<Spec> all;
  for (auto* part : {general_specs, kafka_specs, redis_specs, snapshot_specs, event_specs, model_specs,
                     ranking_specs, publish_specs, limit_specs, epoch_and_http_specs}) {
    std::ranges::move(part(), std::back_inserter(all));
  }
  return all;
}

}  // namespace

std::span<const Spec> schema() {
  static const std::vector<Spec> specs = all_specs();
  return specs;
}

std::span<const Section> sections() {
  return kSections;
}

const Spec* find_spec(std::string_view path) {
  const auto found = std::ranges::find(schema(), path, &Spec::path);
  return found == schema().end() ? nullptr : &*found;
}

const Spec* find_map_spec(std::string_view path) {
  Options options;
  for (const Spec& spec : schema()) {
    const Slot slot = spec.in(options);
    const bool free_names =
        std::holds_alternative<TextMap*>(slot) || std::holds_alternative<NumberMap*>(slot);
    if (free_names && path.starts_with(spec.path) && path.size() > spec.path.size() + 1 &&
        path[spec.path.size()] == '.') {
      return &spec;
    }
  }
  return nullptr;
}

}  // namespace sluice::config
