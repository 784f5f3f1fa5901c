#include <algorithm>
#include <atomic>
#include <barrier>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/measure.h"
#include "bench/stage.h"
#include "bench/world.h"
#include "model/look_ahead.h"

namespace sluice::bench {
namespace {

struct Run {
  double events_per_s = 0;
  double epoch_cost = 0;  // share of the shards' time that went to merging and to waiting for one another
  double learn_us = 0;    // CPU time of an event
  double merge_us = 0;    // the same for its part of the merge
};

double median_of(const std::vector<Run>& runs, double Run::*figure) {
  std::vector<double> values;
  for (const Run& run : runs) values.push_back(run.*figure);
  return median(std::move(values));
}

// Learns each shard's groups on a thread of its own, from memory, with epochs as the service ends them.
class ShardRun {
 public:
  ShardRun(model::Model& model, const PreparedGroups& groups) : model_(model), queues_(threads()) {
    for (std::size_t k = 0; k < groups.size(); ++k) {
      queues_[static_cast<std::size_t>(groups[k].partition) % threads()].push_back(&groups[k]);
    }
  }

  Run run() {
    std::barrier meeting(static_cast<std::ptrdiff_t>(threads()));
    std::vector<Times> times(threads());
    const double start = wall_seconds();
    std::vector<std::thread> running;
    for (std::size_t shard = 0; shard < threads(); ++shard) {
      running.emplace_back([&, shard] { times[shard] = learn(shard, meeting); });
    }
    for (std::thread& thread : running) thread.join();
    const double took = wall_seconds() - start;
    std::size_t events = 0;
    Times all;
    for (std::size_t shard = 0; shard < threads(); ++shard) {
      events += queues_[shard].size();
      all.learning += times[shard].learning;
      all.learning_cpu += times[shard].learning_cpu;
      all.merging_cpu += times[shard].merging_cpu;
    }
    const auto count = static_cast<double>(events);
    return {count / took, 1 - all.learning / (took * static_cast<double>(threads())),
            1e6 * all.learning_cpu / count, 1e6 * all.merging_cpu / count};
  }

 private:
  struct Times {  // in seconds
    double learning = 0;
    double learning_cpu = 0;
    double merging_cpu = 0;
  };
  [[nodiscard]] std::size_t threads() const { return static_cast<std::size_t>(model_.shards()); }

  // As in the service, the shard whose part of the epoch is over asks for the boundary, and the others come
  // as soon as they look, every few events.
  Times learn(std::size_t number, std::barrier<>& meeting) {
    constexpr std::size_t kStride = 32;
    model::Shard& shard = model_.shard(static_cast<int>(number));
    model::LookAhead ahead(shard);
    const auto& queue = queues_[number];
    Times times;
    std::size_t at = 0;
    while (true) {
      const double start = wall_seconds();
      const double start_cpu = thread_seconds();
      while (at < queue.size() && (at % kStride != 0 || !requested_.load(std::memory_order_relaxed))) {
        ahead.before(at, queue.size(), [&](std::size_t next) { return PreparedGroups::hint(*queue[next]); });
        shard.learn(*queue[at++]);
        if (shard.wants_merge()) break;
      }
      times.learning += wall_seconds() - start;
      const double merge_start_cpu = thread_seconds();
      times.learning_cpu += merge_start_cpu - start_cpu;
      if (at < queue.size()) {
        unfinished_ = true;
        requested_ = true;
      }
      meeting.arrive_and_wait();
      const bool go_on = unfinished_;
      if (number == 0) model_.merge_begin();
      meeting.arrive_and_wait();
      model_.merge_slice(static_cast<int>(number));
      meeting.arrive_and_wait();
      if (number == 0) {
        model_.merge_end();
        unfinished_ = false;
        requested_ = false;
      }
      meeting.arrive_and_wait();
      times.merging_cpu += thread_seconds() - merge_start_cpu;
      if (!go_on) return times;
    }
  }

  model::Model& model_;
  std::vector<std::vector<const model::Group*>> queues_;
  std::atomic<bool> unfinished_ = false;
  std::atomic<bool> requested_ = false;  // a shard waits for the boundary
};

}  // namespace

void run_shards(const Settings& settings, const Report& report) {
  const Shape shape = scaled({}, settings);
  const std::size_t events = settings.scaled(200'000);
  // Both stand ready, so that rounds can take turns.
  const auto one = make_model(shape, settings, default_options(), 1);
  const auto two = make_model(shape, settings, default_options(), 2);
  EventDraws draws(shape, 3, world_end());
  std::vector<Run> of_one;
  std::vector<Run> of_two;
  std::vector<double> speedups;
  for (int round = 0; round < settings.rounds(); ++round) {
    const PreparedGroups groups(draws, events);
    of_one.push_back(ShardRun(*one, groups).run());
    of_two.push_back(ShardRun(*two, groups).run());
    speedups.push_back(of_two.back().events_per_s / of_one.back().events_per_s);
  }
  const auto tell = [&](const char* name, const char* what, double value, const char* unit) {
    report({name, what, shape.text(), value, unit});
  };
  tell("learn_events_per_s_1_shard", "learn from memory, one shard", median_of(of_one, &Run::events_per_s),
       "events/s");
  tell("learn_events_per_s_2_shards", "learn from memory, two shards", median_of(of_two, &Run::events_per_s),
       "events/s");
  tell("learn_speedup_2_shards", "speed-up of two shards", median(speedups), "times");
  tell("epoch_cost_share", "merge and waiting, of two shards' time", median_of(of_two, &Run::epoch_cost),
       "of the time");
  tell("learn_cpu_us_1_shard", "CPU time of an event, one shard", median_of(of_one, &Run::learn_us), "us");
  tell("learn_cpu_us_2_shards", "CPU time of an event, two shards", median_of(of_two, &Run::learn_us), "us");
  tell("merge_cpu_us_2_shards", "the same for merging", median_of(of_two, &Run::merge_us), "us");
}

}  // namespace sluice::bench
