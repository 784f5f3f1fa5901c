#include <string>
#include <vector>

#include "bench/measure.h"
#include "bench/stage.h"
#include "bench/touch.h"
#include "bench/world.h"
#include "model/blend.h"
#include "model/factor_learner.h"
#include "model/item_state.h"
#include "model/scorer.h"

// What each part of the model costs for one event, apart from the others.
namespace sluice::bench {
namespace {

using namespace model;

constexpr std::size_t kNegatives = 30;
constexpr std::uint32_t kPast = 20;

class Parts {
 public:
  Parts(const Shape& shape, std::size_t events)
      : shape_(shape),
        events_(events),
        items_(shape.items, shape.items, 1),
        view_(items_.factors, shape.items, 1),
        parameters_(make_parameters({})),
        learner_(items_.index, view_, parameters_),
        scorer_(ItemView{items_, view_}, shape.items),
        blend_(kColumnCount, kContexts, {}) {
    for (std::uint32_t k = 0; k < shape.items; ++k) {
      const ItemId item = items_.find_or_add(item_name(k), 1);
      items_.add({row_of(item), 1, to_unix_ms(world_end()), 1}, 0);
    }
    for (int k = 0; k < 4; ++k) {
      (void)transitions();
      (void)counts();
    }
  }

  double counts() {
    auto draws = stream();
    return rate_on_one_core(events_, [&] {
      for (std::size_t k = 0; k < events_; ++k) items_.add({draws.next().item, 1, time_ms(), 1}, 0);
    });
  }
  // One increment; an event makes up to 64 of them.
  double transitions() {
    auto draws = stream();
    std::uint32_t from = 0;
    return rate_on_one_core(events_, [&] {
      for (std::size_t k = 0; k < events_; ++k) {
        const std::uint32_t to = draws.next().item;
        items_.covisit.add({from, items_.index.id_of(to), 1, 0});
        from = to;
      }
    });
  }
  double factors() {
    User user = make_user();
    return rate_on_one_core(events_, [&] {
      for (std::size_t k = 0; k < events_; ++k) {
        draw_rows();
        for (const ItemRow row : rows_) view_.prefetch(row);
        learner_.learn(moment_of(&user, world_end()), user, rows_[0], std::span(rows_).subspan(1), 1);
      }
    });
  }
  double blend() {
    const User user = make_user();
    const std::vector<float> corrections(kNegatives + 1, 5.0F);
    return rate_on_one_core(events_, [&] {
      for (std::size_t k = 0; k < events_; ++k) {
        draw_rows();
        const Moment moment = moment_of(&user, world_end());
        scorer_.begin(moment, rows_);
        blend_.learn(scorer_.fill(rows_), moment.context, corrections, 1);
        scorer_.end();
      }
    });
  }
  // The least for rows of so many bytes, of which an item has several: `rows` of them for each event.
  [[nodiscard]] double touches(std::size_t row_bytes, std::size_t rows, std::uint32_t each) {
    TouchedRows memory(shape_.items * std::size_t{each}, row_bytes);
    auto draws = stream();
    return rate_on_one_core(events_, [&] {
      for (std::size_t k = 0; k < events_; ++k) {
        rows_.assign(1, draws.next().item * each + random_.below(each));
        while (rows_.size() < rows) rows_.push_back(random_.below(shape_.items * each));
        memory.touch_all(rows_);
      }
    });
  }

 private:
  [[nodiscard]] EventDraws stream() { return {shape_, random_.next(), world_end()}; }
  [[nodiscard]] static std::int64_t time_ms() { return to_unix_ms(world_end()); }
  void draw_rows() {
    rows_.clear();
    while (rows_.size() <= kNegatives) rows_.push_back(random_.below(shape_.items));
  }
  [[nodiscard]] User make_user() {
    User user;
    user.events = kPast;
    auto draws = stream();
    for (std::uint32_t k = 0; k < kPast; ++k) {
      user.history.push_back(
          {items_.index.id_of(draws.next().item), to_seconds(world_end()) - 60 * (kPast - k)});
    }
    user.last_event = world_end() - std::chrono::minutes{1};
    return user;
  }

  Shape shape_;
  std::size_t events_;
  ItemState items_;
  FactorView view_;
  Parameters parameters_;
  FactorLearner learner_;
  Scorer scorer_;
  Blend blend_;
  Random random_{11};
  std::vector<ItemRow> rows_;
};

}  // namespace

void run_parts(const Settings& settings, const Report& report) {
  const Shape shape = scaled({}, settings);
  const std::size_t events = settings.scaled(200'000);
  Parts parts(shape, events);
  const auto tell = [&](const char* name, const char* what, std::size_t row_bytes, std::size_t rows,
                        auto part, std::uint32_t each = 1) {
    const auto beside =
        measure_beside(settings.rounds(), part, [&] { return parts.touches(row_bytes, rows, each); });
    report({std::string(name) + "_per_s", what, std::to_string(shape.items) + " items", beside.ours,
            "updates/s", Figure::Limit{"touch its rows", beside.limit}, std::string(name) + "_share"});
  };
  tell("update_counts", "popularity and age of one event", sizeof(ItemStats), 1,
       [&] { return parts.counts(); });
  tell(
      "update_transition", "one co-visitation", sizeof(NeighbourSet), 1, [&] { return parts.transitions(); },
      NeighbourRow::kSets);
  tell("update_factors", "sequence factors of one event", sizeof(FactorRow), kNegatives + kPast + 1,
       [&] { return parts.factors(); });
  tell("update_blend", "signals and blend of one event", sizeof(ItemStats) + sizeof(FactorRow::q),
       kNegatives + 1, [&] { return parts.blend(); });
}

}  // namespace sluice::bench
