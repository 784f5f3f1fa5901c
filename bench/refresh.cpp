#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "bench/live_service.h"
#include "bench/measure.h"
#include "bench/stage.h"
#include "bench/world.h"
#include "config/memory_plan.h"

// Whether the default policy keeps the lists of many active users young while the stream goes on.
namespace sluice::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double kEventsPerSecond = 20'000;

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds_of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
}

// 99 of 100 are no greater.
double percentile_99(std::vector<double> values) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(values.size() * 99 / 100);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

void run_refresh(const Settings& settings, const Report& report) {
  const Shape shape = scaled({}, settings);
  const double events_per_s = settings.quick ? kEventsPerSecond / 10 : kEventsPerSecond;
  config::PublishOptions publish;
  publish.format = "compact";
  if (settings.quick) publish.max_age = milliseconds{500};
  const auto max_age_ms = static_cast<double>(publish.max_age.count());
  LiveService service(shape, settings, static_cast<std::uint32_t>(config::shard_count(default_options())),
                      publish);
  service.feed(events_per_s);
  service.watch_for(publish.max_age * 11 / 10);  // by then every list was made once

  const milliseconds window = publish.max_age / 2;
  const milliseconds turn = settings.quick ? milliseconds{50} : seconds{1};
  const double start = wall_seconds();
  const double cpu = cpu_seconds();
  const double lists = service.status("lists");
  std::vector<double> ages;
  std::vector<double> lags;
  for (milliseconds waited{0}; waited < window; waited += turn) {
    service.watch_for(turn);
    ages.push_back((max_age_ms + service.status("overdue_ms")) / max_age_ms);
    lags.push_back(static_cast<double>(service.lag()) / events_per_s);
  }
  const double time = wall_seconds() - start;
  const std::string sizes =
      shape.text() + ", " + std::to_string(static_cast<long>(events_per_s)) + " events/s";
  report({"refresh_age_p99", "oldest list of an active user, p99 over time, in max_age", sizes,
          percentile_99(ages), "max_age"});
  report({"refresh_lag_p99_s", "events not learned yet, p99 over time, in seconds of the stream", sizes,
          percentile_99(lags), "s"});
  report({"refresh_lists_per_s", "lists written meanwhile", sizes, (service.status("lists") - lists) / time,
          "lists/s"});
  report({"refresh_cores", "cores used, producer and mock cluster included, Redis not", sizes,
          (cpu_seconds() - cpu) / time, "cores"});
  report({"refresh_redis_bytes_per_user", "Redis's data set for each user, compact", sizes,
          service.redis_bytes() / shape.users, "bytes"});
}

}  // namespace sluice::bench
