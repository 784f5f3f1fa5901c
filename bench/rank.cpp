#include <string>
#include <vector>

#include "bench/allocations.h"
#include "bench/measure.h"
#include "bench/stage.h"
#include "bench/touch.h"
#include "bench/world.h"
#include "model/factors.h"
#include "model/item_stats.h"
#include "model/neighbours.h"

namespace sluice::bench {
namespace {

// The rows that one list cannot do without: those of its candidates, and the neighbour rows of its user's
// past.
class RankingTouches {
 public:
  static constexpr std::size_t kNeighbourRows = 30;

  RankingTouches(const Shape& shape, std::size_t candidates)
      : shape_(shape),
        candidates_(candidates),
        draws_(shape, 5, world_end()),
        items_(shape.items, sizeof(model::ItemStats) + sizeof(model::FactorRow::q)),
        neighbours_(shape.items, sizeof(model::NeighbourRow)) {}

  void touch(std::size_t lists) {
    for (std::size_t k = 0; k < lists; ++k) {
      draw(kNeighbourRows);
      neighbours_.touch_all(rows_);
      draw(candidates_);
      items_.touch_all(rows_);
    }
  }

 private:
  void draw(std::size_t count) {
    rows_.clear();
    for (std::size_t n = 0; n < count; ++n) rows_.push_back(random_.below(shape_.items));
  }

  Shape shape_;
  std::size_t candidates_;
  EventDraws draws_;
  model::Random random_{3};
  TouchedRows items_;
  TouchedRows neighbours_;
  std::vector<std::uint32_t> rows_;
};

void measure_ranking(const char* name, const Shape& full, const Settings& settings, const Report& report) {
  const Shape shape = scaled(full, settings);
  const config::Options options = default_options();
  const auto model = make_model(shape, settings, options, 1);
  model::Shard& shard = model->shard(0);
  const std::size_t lists = settings.scaled(20'000);
  EventDraws draws(shape, 3, world_end());
  RankingTouches touches(shape, options.ranking.candidates);
  model::RankedList list;
  std::size_t entries = 0;
  std::uint64_t allocated = 0;
  const auto rank = [&] {
    std::vector<model::UserRef> users;  // those that the stream would make dirty
    for (std::size_t k = 0; k < lists; ++k) {
      const std::string user = user_name(draws.next().user);
      users.push_back(shard.find(partition_of(user), user).value());
    }
    return rate_on_one_core(lists, [&] {
      const std::uint64_t before = allocations();
      for (std::size_t k = 0; k < users.size(); ++k) {
        shard.look_ahead(std::span(users).subspan(k + 1));
        if (shard.rank(users[k], world_end(), options.ranking.list_size, list))
          entries += list.entries.size();
      }
      allocated += allocations() - before;
    });
  };
  (void)rank();  // warms up
  allocated = 0;
  const auto beside = measure_beside(settings.rounds(), rank,
                                     [&] { return rate_on_one_core(lists, [&] { touches.touch(lists); }); });
  keep(entries);
  report({name, "lists from candidates, one core", shape.text(), beside.ours, "lists/s",
          Figure::Limit{"touch the same rows", beside.limit}, std::string(name) + "_share"});
  report({std::string(name) + "_allocations", "allocations meanwhile", shape.text(),
          static_cast<double>(allocated) / (settings.rounds() * static_cast<double>(lists)), "a list"});
}

}  // namespace

void run_rank(const Settings& settings, const Report& report) {
  measure_ranking("lists_per_s_10k", {.items = 10'000}, settings, report);
  measure_ranking("lists_per_s_100k", {}, settings, report);
  measure_ranking("lists_per_s_1m", {.items = 1'000'000}, settings, report);
}

}  // namespace sluice::bench
