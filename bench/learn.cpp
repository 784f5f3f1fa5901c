#include <string>
#include <vector>

#include "bench/allocations.h"
#include "bench/measure.h"
#include "bench/stage.h"
#include "bench/touch.h"
#include "bench/world.h"
#include "model/factors.h"
#include "model/item_stats.h"
#include "model/look_ahead.h"
#include "model/neighbours.h"

namespace sluice::bench {
namespace {

// The rows that learning one event cannot do without: those of the item and of 30 drawn at random; and where
// it and 20 items before it become one another's neighbours.
class LearningTouches {
 public:
  static constexpr std::size_t kNegatives = 30;
  static constexpr std::size_t kPast = 20;

  explicit LearningTouches(const Shape& shape)
      : shape_(shape),
        draws_(shape, 5, world_end()),
        items_(shape.items, sizeof(model::ItemStats) + sizeof(model::FactorRow)),
        neighbours_(shape.items * kSets, sizeof(model::NeighbourSet)) {}

  void touch(std::size_t events) {
    for (std::size_t k = 0; k < events; ++k) {
      rows_.assign(1, draws_.next().item);
      for (std::size_t n = 0; n < kNegatives; ++n) rows_.push_back(random_.below(shape_.items));
      items_.touch_all(rows_);
      const std::uint32_t item = rows_[0];
      rows_.clear();
      for (const std::uint32_t past : past_) {
        rows_.push_back(set_of(past, item));
        rows_.push_back(set_of(item, past));
      }
      neighbours_.touch_all(rows_);
      past_[past_at_++ % kPast] = item;
    }
  }

 private:
  static constexpr std::size_t kSets = model::NeighbourRow::kSets;
  static std::uint32_t set_of(std::uint32_t from, std::uint32_t to) {
    return static_cast<std::uint32_t>(from * kSets + model::NeighbourRow::set_of(to));
  }

  Shape shape_;
  EventDraws draws_;
  model::Random random_{3};
  TouchedRows items_;
  TouchedRows neighbours_;
  std::array<std::uint32_t, kPast> past_{};
  std::size_t past_at_ = 0;
  std::vector<std::uint32_t> rows_;
};

void measure_learning(const char* name, const Shape& full, const Settings& settings, const Report& report) {
  const Shape shape = scaled(full, settings);
  const auto model = make_model(shape, settings, default_options(), 1);
  const std::size_t events = settings.scaled(100'000);
  EventDraws draws(shape, 3, world_end());
  LearningTouches touches(shape);
  model::LookAhead ahead(model->shard(0));
  std::uint64_t allocated = 0;
  const auto learn = [&] {
    const PreparedGroups groups(draws, events);
    return rate_on_one_core(events, [&] {
      const std::uint64_t before = allocations();
      for (std::size_t k = 0; k < groups.size(); ++k) {
        ahead.before(k, groups.size(), [&](std::size_t next) { return groups.hint(next); });
        model->shard(0).learn(groups[k]);
        if (model->wants_merge()) model->merge();
      }
      allocated += allocations() - before;
    });
  };
  (void)learn();  // warms up
  allocated = 0;
  const auto beside = measure_beside(
      settings.rounds(), learn, [&] { return rate_on_one_core(events, [&] { touches.touch(events); }); });
  report({name, "learn, full default model, one core", shape.text(), beside.ours, "events/s",
          Figure::Limit{"touch the same rows", beside.limit}, std::string(name) + "_share"});
  report({std::string(name) + "_allocations", "allocations meanwhile", shape.text(),
          static_cast<double>(allocated) / (settings.rounds() * static_cast<double>(events)), "an event"});
}

}  // namespace

void run_learn(const Settings& settings, const Report& report) {
  measure_learning("learn_events_per_s_10k", {.items = 10'000}, settings, report);
  measure_learning("learn_events_per_s_100k", {}, settings, report);
  measure_learning("learn_events_per_s_1m", {.items = 1'000'000}, settings, report);
}

}  // namespace sluice::bench
