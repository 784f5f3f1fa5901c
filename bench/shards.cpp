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
  double events_per_s = 0;      // while every shard has events
  double all_events_per_s = 0;  // to the last event of the longest queue
  double epoch_cost = 0;  // share of the shards' time that went to merging and to waiting for one another
  double learn_us = 0;    // CPU time of an event
  double merge_us = 0;    // the same for its part of the merge
};

double median_of(const std::vector<Run>& runs, double Run::*figure) {
  std::vector<double> values;
  for (const Run& run : runs) values.push_back(run.*figure);
  return median(std::move(values));
}

// Learns each shard's groups on a thread of its own, from memory, with epochs as the service ends them, until
// one of them has no more: a stream does not end, so what the others would wait for then is no cost of
// epochs.
class ShardRun {
 public:
  ShardRun(model::Model& model, const PreparedGroups& groups) : model_(model) {
    for (int shard = 0; shard < model.shards(); ++shard) queues_.emplace_back(model.shard(shard));
    for (std::size_t k = 0; k < groups.size(); ++k) {
      queues_[static_cast<std::size_t>(groups[k].partition) % threads()].groups.push_back(&groups[k]);
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
    const auto count = static_cast<double>(learned());
    Times all;
    for (const Times& each : times) {
      all.learning += each.learning;
      all.learning_cpu += each.learning_cpu;
      all.merging_cpu += each.merging_cpu;
    }
    learn_rest();
    return {count / took, static_cast<double>(learned()) / (wall_seconds() - start),
            1 - all.learning / (took * static_cast<double>(threads())), 1e6 * all.learning_cpu / count,
            1e6 * all.merging_cpu / count};
  }

 private:
  struct Queue {
    explicit Queue(model::Shard& of) : shard(of), ahead(of) {}
    [[nodiscard]] bool ended() const { return learned == groups.size(); }
    void learn_one() {
      ahead.before(learned, groups.size(),
                   [&](std::size_t next) { return PreparedGroups::hint(*groups[next]); });
      shard.learn(*groups[learned++]);
    }

    model::Shard& shard;
    model::LookAhead ahead;
    std::vector<const model::Group*> groups;
    std::size_t learned = 0;
  };
  struct Times {  // in seconds
    double learning = 0;
    double learning_cpu = 0;
    double merging_cpu = 0;
  };
  [[nodiscard]] std::size_t threads() const { return static_cast<std::size_t>(model_.shards()); }
  [[nodiscard]] std::size_t learned() const {
    std::size_t sum = 0;
    for (const Queue& queue : queues_) sum += queue.learned;
    return sum;
  }

  // As in the service, the shard whose part of the epoch is over asks for the boundary, and the others come
  // as soon as they look, every few events.
  Times learn(std::size_t number, std::barrier<>& meeting) {
    constexpr std::size_t kStride = 32;
    Queue& queue = queues_[number];
    Times times;
    while (true) {
      const double start = wall_seconds();
      const double start_cpu = thread_seconds();
      while (!queue.ended() &&
             (queue.learned % kStride != 0 || !requested_.load(std::memory_order_relaxed))) {
        queue.learn_one();
        if (queue.shard.wants_merge()) break;
      }
      times.learning += wall_seconds() - start;
      const double merge_start_cpu = thread_seconds();
      times.learning_cpu += merge_start_cpu - start_cpu;
      requested_ = true;
      if (queue.ended()) over_ = true;
      meeting.arrive_and_wait();
      const bool over = over_;
      if (number == 0) model_.merge_begin();
      meeting.arrive_and_wait();
      model_.merge_slice(static_cast<int>(number));
      meeting.arrive_and_wait();
      if (number == 0) {
        model_.merge_end();
        requested_ = false;
      }
      meeting.arrive_and_wait();
      times.merging_cpu += thread_seconds() - merge_start_cpu;
      if (over) return times;
    }
  }

  // What is left when one has ended, on this thread.
  void learn_rest() {
    for (Queue& queue : queues_) {
      while (!queue.ended()) {
        queue.learn_one();
        if (queue.shard.wants_merge()) model_.merge();
      }
    }
    model_.merge();
  }

  model::Model& model_;
  std::vector<Queue> queues_;
  std::atomic<bool> over_ = false;       // a shard has no more events
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
  std::vector<double> whole_speedups;
  for (int round = 0; round < settings.rounds(); ++round) {
    const PreparedGroups groups(draws, events);
    of_one.push_back(ShardRun(*one, groups).run());
    of_two.push_back(ShardRun(*two, groups).run());
    speedups.push_back(of_two.back().events_per_s / of_one.back().events_per_s);
    whole_speedups.push_back(of_two.back().all_events_per_s / of_one.back().all_events_per_s);
  }
  const auto tell = [&](const char* name, const char* what, double value, const char* unit) {
    report({name, what, shape.text(), value, unit});
  };
  tell("learn_events_per_s_1_shard", "learn from memory, one shard", median_of(of_one, &Run::events_per_s),
       "events/s");
  tell("learn_events_per_s_2_shards", "learn from memory, two shards", median_of(of_two, &Run::events_per_s),
       "events/s");
  tell("learn_speedup_2_shards", "speed-up of two shards", median(speedups), "times");
  tell("learn_speedup_2_shards_to_the_end", "the same, to the last event of the longer queue",
       median(whole_speedups), "times");
  tell("epoch_cost_share", "merge and waiting, of two shards' time", median_of(of_two, &Run::epoch_cost),
       "of the time");
  tell("learn_cpu_us_1_shard", "CPU time of an event, one shard", median_of(of_one, &Run::learn_us), "us");
  tell("learn_cpu_us_2_shards", "CPU time of an event, two shards", median_of(of_two, &Run::learn_us), "us");
  tell("merge_cpu_us_2_shards", "the same for merging", median_of(of_two, &Run::merge_us), "us");
}

}  // namespace sluice::bench
