#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

// Every option with its default. The bounds and the text that `config/sluice.json` shows stand in schema.cpp.
// Durations are written as text with a unit ("250ms", "90s", "5m", "12h", "30d").
namespace sluice::config {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct KafkaOptions {
  std::string brokers;              // "host:port,host:port"
  std::vector<std::string> topics;  // all with the same number of partitions
  std::string group = "sluice";
  std::string dead_letter_topic;                    // empty: see events.on_bad
  std::string control_topic;                        // hide_item and show_item; empty: none
  std::string start_without_snapshot = "earliest";  // earliest | latest | RFC 3339 time or unix ms
  bool allow_cold_start = false;    // start although the group has commits but no snapshot is found
  std::string on_log_gap = "fail";  // fail | continue: records between snapshot and log start are gone
  std::map<std::string, std::string> properties;  // passed to librdkafka
};

struct RedisOptions {
  std::string url =
      "redis://127.0.0.1:6379/0";  // redis://[user[:password]@]host:port/db or unix:///path[?db=N]
  std::string prefix = "sluice";
  std::string username;       // or SLUICE_REDIS_USERNAME
  std::string password;       // secret; or SLUICE_REDIS_PASSWORD, or password_file
  std::string password_file;  // first line is the password
  milliseconds connect_timeout{2000};
  milliseconds command_timeout{5000};
  std::uint32_t pipeline_depth = 256;  // commands in flight on one connection
};

struct SnapshotOptions {
  std::string folder = "state";
  milliseconds interval = seconds{60};
  std::uint32_t keep = 3;
};

// How a Kafka record becomes an event.
struct EventOptions {
  // JSON pointers to the fields of an event.
  std::string user_field = "/user";
  std::string item_field = "/item";
  std::string type_field = "/type";
  std::string value_field = "/value";
  std::string timestamp_field = "/timestamp";
  // Weight of an event by its type; negative means "not this". A type that is not named has default_weight.
  std::map<std::string, double> types = {{"cancel", -1.0}, {"dislike", -1.0}, {"skip", -1.0}};
  double default_weight = 1.0;           // 0 in either place: the event is filtered (counted, not learned)
  std::string value = "ignore";          // ignore | scale: multiply the weight by the value
  double min_value = -1e300;             // events with a smaller value are filtered
  milliseconds max_future = minutes{5};  // later than the record's own time by more: clamped and counted
  std::uint32_t max_id_bytes = 512;      // longer user or item ids are malformed
  std::uint32_t max_event_bytes = 65536;
  std::string on_bad = "topic";  // topic | file | drop (topic needs kafka.dead_letter_topic; else drop)
  std::string dead_letter_file;  // JSON lines, with on_bad = file
  double max_bad_share = 0.9;    // of the last 10,000 records: more stops the service (1: never)
};

// Which signals take part in the blend, and their sizes. See model/ for what each does.
struct ModelOptions {
  std::vector<std::string> signals;   // empty: all; names as `sluice evaluate` prints under parts
  std::string objective = "ranking";  // ranking | rating: predict the value of events
  std::string ranker = "blend";       // blend | the name of one part or of a baseline: rank by it alone
  std::map<std::string, double> parameters;  // model-specific numbers by name, see model/parameters.h
};

struct RankingOptions {
  std::uint32_t list_size = 20;     // N
  std::uint32_t spare_entries = 0;  // further entries behind the shown ones, for readers that filter
  std::string repeats = "include";  // include | exclude: items the user already had
  std::uint32_t candidates = 200;   // scored exactly for each list
};

struct PublishOptions {
  std::string format = "json";           // json | compact
  milliseconds linger{50};               // a dirty user waits this long for further events
  milliseconds active_window = days{7};  // users with an event this recent (in stream time) are kept fresh
  milliseconds max_age = minutes{10};    // re-ranked after this long even without new events
  milliseconds idle_window = days{365};  // others with an event this recent are re-ranked now and then
  milliseconds idle_max_age = hours{6};  // namely after this; at least max_age
  milliseconds ttl = days{30};           // of every user's list
  milliseconds popular_interval{1000};
  milliseconds popular_ttl = days{1};
  std::uint32_t kept_entries = 16;   // entries behind the list that readers who merge need; 0: none
  std::uint32_t live_entries = 100;  // of each context's live list; 0: no live lists
  milliseconds live_interval{1000};
  milliseconds live_ttl = minutes{10};
  milliseconds status_interval{1000};
  std::uint32_t max_pending_lists = 100'000;  // ranked and not yet acknowledged by Redis, at most
};

struct LimitsOptions {
  std::uint32_t history_per_user = 256;  // latest events kept for each user
  std::uint32_t seen_per_user = 2'000;   // exact set of items had; beyond, a Bloom filter
  std::uint32_t taught_per_day = 200;    // events of one user that teach the others; 0: all
  std::uint64_t max_users = 20'000'000;
  std::uint64_t max_items = 2'000'000;
  std::uint64_t max_bytes = 0;         // of the process (RSS); 0: what its control groups allow
  milliseconds shutdown = seconds{8};  // SIGTERM to exit
};

struct EpochOptions {
  std::uint32_t max_events = 0;        // in all shards; 0: clamp(items / 2, 1000, 20000)
  milliseconds max_wait{50};           // wall clock, service only
  milliseconds max_span = seconds{5};  // of event time, so that slow streams exchange often
};

struct HttpOptions {
  std::string listen;  // "127.0.0.1:9464"; empty: off
};

struct Options {
  std::string instance = "a";  // name of this process in Redis and in the snapshot folder
  std::uint32_t shards = 0;    // 0: the CPUs that the process may use
  std::uint64_t seed = 1;
  std::string log_level = "info";
  KafkaOptions kafka;
  RedisOptions redis;
  SnapshotOptions snapshot;
  EventOptions events;
  ModelOptions model;
  RankingOptions ranking;
  PublishOptions publish;
  LimitsOptions limits;
  EpochOptions epoch;
  HttpOptions http;
};

}  // namespace sluice::config
