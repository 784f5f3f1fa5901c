#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>

#include "cli/commands.h"
#include "cli/demo_stream.h"
#include "cli/exit_codes.h"
#include "cli/logging.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "cli/stop_signals.h"
#include "cli/text.h"
#include "common/clock.h"
#include "ingest/kafka_properties.h"
#include "ingest/mock_cluster.h"
#include "ingest/producer.h"
#include "ingest/replay.h"
#include "ingest/send_window.h"
#include "ingest/synthetic.h"
#include "pipeline/service.h"
#include "sink/reader.h"
#include "sink/redis_process.h"

namespace sluice::cli {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr const char* kTopic = "events";
constexpr int kPartitions = 4;
// The mock cluster keeps 5 MiB of a partition.
constexpr std::int64_t kMostBytesAhead = 2 << 20;
constexpr std::size_t kUsersShown = 3;
constexpr std::size_t kEntriesShown = 5;

constexpr const char* kDemoExamples =
    "Examples:\n"
    "  sluice demo\n"
    "  sluice demo --rate 0 --for 60\n"
    "  sluice demo --events events.csv.gz --items items.csv.gz\n"
    "\n"
    "Everything runs in this process but a private redis-server; nothing is left behind without --keep.";

struct DemoArguments {
  std::string events;
  std::string items;
  double rate = 5000;
  double seconds = 30;
  bool keep = false;
};

// A folder for snapshots that goes when the demo does.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-demo-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a folder " + pattern);
    path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

config::Options demo_options(const std::string& brokers, const std::string& redis_url,
                             const std::string& folder) {
  config::Options options;
  options.instance = "demo";
  options.kafka.brokers = brokers;
  options.kafka.topics = {kTopic};
  options.kafka.group = "sluice-demo";
  options.kafka.properties = {{"fetch.wait.max.ms", "10"}};
  options.redis.url = redis_url;
  options.snapshot.folder = folder;
  options.snapshot.interval = std::chrono::seconds{10};
  return options;
}

// Sends the stream on a thread of its own, never too far ahead of what the service has applied.
class DemoProducer {
 public:
  DemoProducer(DemoStream& stream, const config::Options& options, double rate)
      : stream_(stream),
        rate_(rate),
        producer_({.properties = ingest::producer_properties(options.kafka)},
                  [this](const ingest::Delivery& delivery) { window_.on_delivery(delivery); }) {}

  // Again is harmless.
  void start() {
    if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { send(stop); });
  }

  void show_applied(const ingest::Offsets& applied) {
    for (const auto& [partition, next] : applied) window_.on_applied(partition.partition, next);
  }
  void stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] std::uint64_t delivered() const { return producer_.delivered(); }
  [[nodiscard]] const std::string& error() const { return error_; }  // after stop()

 private:
  void send(const std::stop_token& stop) {
    ingest::ReplayOptions options;
    options.topic = kTopic;
    options.events_per_second = rate_;
    ingest::ReplayHooks hooks;
    hooks.may_send = [this] { return window_.open(); };
    hooks.on_send = [this](std::size_t bytes) { window_.on_send(bytes); };
    error_ = ingest::replay([this] { return stream_.next(); }, producer_, options, hooks, stop).error;
    ended_ = true;
  }

  DemoStream& stream_;
  const double rate_;
  ingest::SendWindow window_{kMostBytesAhead};
  ingest::Producer producer_;
  std::string error_;
  std::atomic<bool> ended_{false};
  std::jthread thread_;
};

double number(const sink::StatusFields& fields, const std::string& name) {
  const auto found = fields.find(name);
  return found == fields.end() ? 0 : std::strtod(found->second.c_str(), nullptr);
}

double lag(const sink::StatusFields& fields) {
  double sum = 0;
  for (const auto& [name, value] : fields) {
    if (name.starts_with("lag.")) sum += std::strtod(value.c_str(), nullptr);
  }
  return sum;
}

std::string screen_text(const sink::StatusFields& fields) {
  char text[320];
  std::snprintf(text, sizeof text,
                "%8.0f events/s  lag %5.0f  %6.0f lists/s  fresh p50 %.0f ms p99 %.0f ms  "
                "hit rate %.3f (on request %.3f, popular %.3f)  %.0f users %.0f items",
                number(fields, "events_per_s"), lag(fields), number(fields, "lists_per_s"),
                number(fields, "freshness_p50_ms"), number(fields, "freshness_p99_ms"),
                number(fields, "published_hit_rate10"), number(fields, "requested_hit_rate10"),
                number(fields, "popular_hit_rate10"), number(fields, "users"), number(fields, "items"));
  return text;
}

// Streams until the time is over, the stream has ended and all of it is applied, or a stop is asked for.
void watch(pipeline::Service& service, DemoProducer& producer, milliseconds time, const std::stop_token& stop,
           const std::atomic<bool>& service_ended) {
  ProgressLine line;
  constexpr milliseconds kTurn{50};
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  // Stream and clock start when the group is joined, which takes seconds.
  std::optional<Clock::time_point> end;
  Clock::time_point next_line = Clock::now();
  while (!stop.stop_requested() && !service_ended && (!end || Clock::now() < *end)) {
    wake.wait_for(lock, stop, kTurn, [] { return false; });
    const ingest::Offsets applied = service.applied();
    producer.show_applied(applied);
    if (!end && !applied.empty()) {
      producer.start();
      end = Clock::now() + time;
    }
    const sink::StatusFields fields = service.status();
    if (producer.ended() && end && number(fields, "events") >= static_cast<double>(producer.delivered()))
      break;
    if (Clock::now() < next_line) continue;
    next_line = Clock::now() + line.interval();
    line.show(end ? screen_text(fields) : "joining the consumer group ...");
  }
}

void show_user(Output& out, const DemoStream& stream, const DemoStream::UserStory& story,
               sink::Reader& reader) {
  out.line("\nuser " + escape_field(story.user));
  std::string had;
  for (const std::string& item : story.items)
    had += (had.empty() ? "" : " | ") + escape_field(stream.title(item));
  out.line("  had last:  " + had);
  const auto found = reader.lookup(story.user);
  if (!found.ok()) return out.line("  (Redis: the list cannot be read)");
  const bool own = found.value().source == sink::Lookup::Source::user;
  out.line(own ? "  list now:" : "  no list of his own, so the popular one:");
  const auto& items = found.value().list.items;
  for (std::size_t i = 0; i < std::min(kEntriesShown, items.size()); ++i) {
    std::string why;
    for (const std::string& signal : items[i].why) why += (why.empty() ? "" : ", ") + signal;
    char number[384];  // any float, any index
    std::snprintf(number, sizeof number, "    %zu. %7.3f  ", i + 1, static_cast<double>(items[i].score));
    out.line(number + escape_field(stream.title(items[i].item)) + (why.empty() ? "" : "   (" + why + ")"));
  }
}

void show_result(Output& out, const sink::StatusFields& fields) {
  char text[256];
  std::snprintf(text, sizeof text, "%.0f events learned, %.0f lists written, %.0f users, %.0f items",
                number(fields, "events"), number(fields, "lists"), number(fields, "users"),
                number(fields, "items"));
  out.line(text);
  std::snprintf(
      text, sizeof text,
      "hit rate at 10 of the lists that readers saw: %.3f (%.3f without merging, %.3f made for the event), "
      "of the popular list: %.3f (%.0f events scored)",
      number(fields, "published_hit_rate10"), number(fields, "unmerged_hit_rate10"),
      number(fields, "requested_hit_rate10"), number(fields, "popular_hit_rate10"),
      number(fields, "published_scored"));
  out.line(text);
}

void show_kept(Output& out, const sink::RedisProcess& redis, const std::string& user) {
  const std::string port = std::to_string(redis.port());
  out.line("\nRedis stays, on port " + port + ". Look into it:");
  out.line("  redis-cli -p " + port + " GET sluice:user:" + user);
  out.line("  sluice lookup --set redis.url=" + redis.url() + " --user " + user);
  out.line("  sluice lookup --set redis.url=" + redis.url() + " --popular");
  out.line("End it with: kill " + std::to_string(redis.pid()));
}

int show_end(const DemoStream& stream, const sink::StatusFields& fields, sink::RedisProcess& redis,
             const config::Options& options, bool keep) {
  Output out;
  show_result(out, fields);
  auto reader = sink::Reader::connect(options.redis);
  if (!reader.ok()) {
    std::fprintf(stderr, "sluice: the demo's Redis cannot be read\n");
    return out.finish(kEnvironment);
  }
  const auto stories = stream.users_to_show(kUsersShown);
  for (const auto& story : stories) show_user(out, stream, story, reader.value());
  if (keep) {
    show_kept(out, redis, stories.empty() ? "U" : stories.front().user);
    redis.release();
  }
  return out.finish(kDone);
}

// So early that the made-up stream, whose own time passes faster than the clock, ends about now: what lists
// say of the time since a user's last event is then right.
Timestamp stream_start(const DemoArguments& arguments) {
  constexpr double kAsFastAsItGoes = 100'000;
  const double rate = arguments.rate > 0 ? arguments.rate : kAsFastAsItGoes;
  const double passes = arguments.seconds * rate / ingest::SyntheticOptions{}.events_per_second;
  const double ahead = std::max(0.0, passes - arguments.seconds);
  return wall_now() - milliseconds{static_cast<std::int64_t>(ahead * 1000)};
}

int run_demo(const DemoArguments& arguments) {
  log_to_stderr("warn");
  DemoStream stream(arguments.events, arguments.items, stream_start(arguments));
  if (!stream.error().empty()) {
    complain(stream.error());
    return kNoData;
  }
  sink::RedisProcessOptions redis_options;
  redis_options.may_outlive_us = arguments.keep;
  auto redis = sink::RedisProcess::start(redis_options);
  if (!redis.ok()) {
    std::fprintf(stderr, "sluice: the demo needs a redis-server: %s\n", redis.error().c_str());
    return kEnvironment;
  }
  const StopSignals signals;
  ingest::MockCluster cluster;
  cluster.create_topic(kTopic, kPartitions);
  const TemporaryFolder folder;
  const config::Options options =
      demo_options(cluster.bootstrap_servers(), redis.value()->url(), folder.path());

  pipeline::Service service(options, SLUICE_VERSION);
  pipeline::StopCause cause;
  std::atomic<bool> service_ended{false};
  std::thread running([&] {
    cause = service.run();
    service_ended = true;
  });
  DemoProducer producer(stream, options, arguments.rate);
  const milliseconds time{static_cast<std::int64_t>(arguments.seconds * 1000)};
  watch(service, producer, time, signals.token(), service_ended);
  producer.stop();
  service.request_stop();
  running.join();
  if (cause.kind != pipeline::StopCause::Kind::requested) {
    complain(cause.text);
    return kInternal;
  }
  const std::string error = producer.error().empty() ? stream.error() : producer.error();
  if (!error.empty()) complain(error);
  const int code = show_end(stream, service.status(), *redis.value(), options, arguments.keep);
  return error.empty() ? code : kNoData;
}

}  // namespace

void add_demo(CLI::App& program, int& exit_code) {
  CLI::App* const command =
      program.add_subcommand("demo", "The whole pipeline in one process, on a made-up stream or a file");
  command->footer(kDemoExamples);
  const auto arguments = std::make_shared<DemoArguments>();
  command
      ->add_option("--events", arguments->events,
                   "CSV or JSON lines, plain or gzip; default: a made-up stream")
      ->check(CLI::ExistingFile);
  command->add_option("--items", arguments->items, "CSV with titles: item,title,categories")
      ->check(CLI::ExistingFile);
  command->add_option("--rate", arguments->rate, "Events a second; 0: as fast as it goes")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--for", arguments->seconds, "Seconds")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_flag("--keep", arguments->keep, "Leave Redis running at the end");
  command->callback([arguments, &exit_code] { exit_code = run_demo(*arguments); });
}

}  // namespace sluice::cli
