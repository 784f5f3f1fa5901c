#include <algorithm>
#include <atomic>
#include <barrier>
#include <string>
#include <thread>
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
};

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
    std::vector<double> learning(threads());
    const double start = wall_seconds();
    std::vector<std::thread> running;
    for (std::size_t shard = 0; shard < threads(); ++shard) {
      running.emplace_back([&, shard] { learning[shard] = learn(shard, meeting); });
    }
    for (std::thread& thread : running) thread.join();
    const double took = wall_seconds() - start;
    std::size_t events = 0;
    double learned = 0;
    for (std::size_t shard = 0; shard < threads(); ++shard) {
      events += queues_[shard].size();
      learned += learning[shard];
    }
    return {static_cast<double>(events) / took, 1 - learned / (took * static_cast<double>(threads()))};
  }

 private:
  [[nodiscard]] std::size_t threads() const { return static_cast<std::size_t>(model_.shards()); }

  // Seconds that the shard spent on learning alone. As in the service, the shard whose part of the epoch is
  // over asks for the boundary, and the others come as soon as they look, every few events.
  double learn(std::size_t number, std::barrier<>& meeting) {
    constexpr std::size_t kStride = 32;
    model::Shard& shard = model_.shard(static_cast<int>(number));
    model::LookAhead ahead(shard);
    const auto& queue = queues_[number];
    double learning = 0;
    std::size_t at = 0;
    while (true) {
      const double start = wall_seconds();
      while (at < queue.size() && (at % kStride != 0 || !requested_.load(std::memory_order_relaxed))) {
        ahead.before(at, queue.size(), [&](std::size_t next) { return PreparedGroups::hint(*queue[next]); });
        shard.learn(*queue[at++]);
        if (shard.wants_merge()) break;
      }
      learning += wall_seconds() - start;
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
      if (!go_on) return learning;
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
  std::vector<double> rates_of_one;
  std::vector<double> rates_of_two;
  std::vector<double> speedups;
  std::vector<double> costs;
  for (int round = 0; round < settings.rounds(); ++round) {
    const PreparedGroups groups(draws, events);
    const Run of_one = ShardRun(*one, groups).run();
    const Run of_two = ShardRun(*two, groups).run();
    rates_of_one.push_back(of_one.events_per_s);
    rates_of_two.push_back(of_two.events_per_s);
    speedups.push_back(of_two.events_per_s / of_one.events_per_s);
    costs.push_back(of_two.epoch_cost);
  }
  report({"learn_events_per_s_1_shard", "learn from memory, one shard", shape.text(), median(rates_of_one),
          "events/s"});
  report({"learn_events_per_s_2_shards", "learn from memory, two shards", shape.text(), median(rates_of_two),
          "events/s"});
  report({"learn_speedup_2_shards", "speed-up of two shards", shape.text(), median(speedups), "times"});
  report({"epoch_cost_share", "merge and waiting, of two shards' time", shape.text(), median(costs),
          "of the time"});
}

}  // namespace sluice::bench
