#include <chrono>
#include <string>
#include <vector>

#include "bench/live_service.h"
#include "bench/measure.h"
#include "bench/stage.h"
#include "bench/world.h"
#include "config/memory_plan.h"

// Everything together: producer, mock cluster, service and Redis share the machine's cores.
namespace sluice::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct EndToEnd {
  double events_per_s = 0;
  double lists_per_s = 0;
};

config::PublishOptions publish_options(milliseconds status_interval) {
  config::PublishOptions options;
  options.status_interval = status_interval;
  return options;
}

EndToEnd run_flat_out(const Shape& shape, const Settings& settings, std::uint32_t shards) {
  const milliseconds window = settings.quick ? milliseconds{300} : seconds{3};
  LiveService service(shape, settings, shards, publish_options(milliseconds{250}));
  service.feed(0);
  service.watch_for(settings.quick ? milliseconds{500} : seconds{5});
  std::vector<double> rates;
  const double lists = service.status("lists");
  const double start = wall_seconds();
  for (int round = 0; round < settings.rounds(); ++round) {
    const std::uint64_t before = service.events();
    const double round_start = wall_seconds();
    service.watch_for(window);
    rates.push_back(static_cast<double>(service.events() - before) / (wall_seconds() - round_start));
  }
  return {median(rates), (service.status("lists") - lists) / (wall_seconds() - start)};
}

void tell(const std::string& suffix, const Shape& shape, std::uint32_t shards, const EndToEnd& measured,
          std::optional<Figure::Limit> limit, const Report& report) {
  const std::string sizes =
      shape.text() + ", " + std::to_string(shards) + (shards == 1 ? " shard" : " shards");
  const bool limited = limit.has_value();
  report({"e2e_events_per_s" + suffix, "end to end, mock cluster to Redis", sizes, measured.events_per_s,
          "events/s", std::move(limit), limited ? "e2e_share_consume" + suffix : ""});
  report({"e2e_lists_per_s" + suffix, "lists written meanwhile", sizes, measured.lists_per_s, "lists/s"});
}

void measure_freshness(const Shape& shape, const Settings& settings, std::uint32_t shards,
                       double events_per_s, const Report& report) {
  constexpr int kStatusesInWindow = 10;  // what a freshness in the status covers
  const milliseconds window = settings.quick ? milliseconds{1000} : seconds{60};
  LiveService service(shape, settings, shards, publish_options(window / kStatusesInWindow));
  service.feed(events_per_s);
  service.watch_for(window / 6 + window + window / kStatusesInWindow);
  const std::string sizes =
      shape.text() + ", " + std::to_string(static_cast<long>(events_per_s)) + " events/s";
  report({"freshness_p50_ms", "event produced to list in Redis, p50", sizes,
          service.status("freshness_p50_ms"), "ms"});
  report({"freshness_p99_ms", "event produced to list in Redis, p99", sizes,
          service.status("freshness_p99_ms"), "ms"});
  report({"freshness_stall_ms", "longest stall for a snapshot meanwhile", sizes,
          service.status("snapshot_stall_ms"), "ms"});
}

}  // namespace

void run_service(const Settings& settings, const Report& report) {
  const auto cores = static_cast<std::uint32_t>(config::shard_count(default_options()));
  const Shape shape = scaled({}, settings);
  const double bare = bare_consume(shape, settings.quick ? milliseconds{500} : seconds{6});
  const EndToEnd all_cores = run_flat_out(shape, settings, cores);
  tell("", shape, cores, all_cores, Figure::Limit{"the same with a consumer that only counts", bare}, report);
  measure_freshness(shape, settings, cores, all_cores.events_per_s / 4, report);
  tell("_1_shard", shape, 1, run_flat_out(shape, settings, 1), {}, report);
  const struct {
    const char* suffix;
    Shape shape;
  } others[] = {{"_10k", {.items = 10'000}},
                {"_1m", {.items = 1'000'000}},
                {"_uniform", {.uniform = true}},
                {"_2m_users", {.users = 2'000'000}}};
  for (const auto& other : others) {
    const Shape small = scaled(other.shape, settings);
    tell(other.suffix, small, cores, run_flat_out(small, settings, cores), {}, report);
  }
}

}  // namespace sluice::bench
