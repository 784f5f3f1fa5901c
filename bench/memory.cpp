#include <chrono>
#include <string>

#include "bench/stage.h"
#include "bench/world.h"
#include "common/resident_bytes.h"
#include "pipeline/list_marks.h"
#include "pipeline/rank_schedule.h"

namespace sluice::bench {
namespace {

constexpr std::uint32_t kEventsEach = 20;

class Filling {
 public:
  explicit Filling(const Shape& shape)
      : shape_(shape), model_(filling_options(), 1), draws_(shape, 3, world_end()) {
    for (int p = 0; p < kPartitions; ++p) model_.shard(0).assign(PartitionId{p});
  }
  // `users` take what the stream gives them, by turns.
  void learn(std::uint32_t first_user, std::uint32_t users, std::uint32_t each, bool everything_once) {
    std::uint32_t k = 0;
    for (std::uint32_t turn = 0; turn < each; ++turn) {
      for (std::uint32_t number = 0; number < users; ++number, ++k) {
        const DrawnEvent event = draws_.next();
        const std::string user = user_name(first_user + number);
        const std::string item = item_name(everything_once && k < shape_.items ? k : event.item);
        const model::Line line{item, 1, 1, Offset{k}};
        const PartitionId partition = partition_of(user);
        const model::UserRef ref = model_.shard(0).learn({partition, user, event.time, {&line, 1}});
        const auto p = static_cast<std::size_t>(partition);
        schedules_[p].mark_dirty(ref.row, std::chrono::steady_clock::now(), event.time);
        marks_[p].set(ref.row, {});
      }
    }
  }
  [[nodiscard]] model::Model& model() { return model_; }

 private:
  Shape shape_;
  model::Model model_;
  EventDraws draws_;
  std::array<pipeline::RankSchedule, kPartitions> schedules_;  // what a shard keeps beside its users
  std::array<pipeline::ListMarks, kPartitions> marks_;
};

}  // namespace

void run_memory(const Settings& settings, const Report& report) {
  const Shape shape = scaled({.users = 100'000}, settings);
  const auto empty = static_cast<double>(resident_bytes());
  Filling filling(shape);
  // Few users fill all items' rows; then many users come who add nothing to these.
  const std::uint32_t few = settings.scaled(10'000);
  filling.learn(0, few, 100, true);
  const auto with_items = static_cast<double>(resident_bytes());
  const double structure_of_few = static_cast<double>(filling.model().shard(0).bytes());
  filling.learn(few, shape.users, kEventsEach, false);
  const auto with_users = static_cast<double>(resident_bytes());
  const double names = static_cast<double>(user_name(0).size());

  const double users = shape.users;
  const double items = shape.items;
  const double users_structure =
      (static_cast<double>(filling.model().shard(0).bytes()) - structure_of_few) / users +
      sizeof(std::uint64_t) * 4 + sizeof(pipeline::ListMarks::Mark);
  const double items_structure = static_cast<double>(filling.model().items().bytes()) / items;
  const std::string of_users =
      std::to_string(shape.users) + " users with " + std::to_string(kEventsEach) + " events";
  const std::string of_items = std::to_string(shape.items) + " items, full rows";
  report({"bytes_per_user", "memory of a user without the id, grown (RSS)", of_users,
          (with_users - with_items) / users - names, "bytes"});
  report({"bytes_per_user_structure", "the same, as the program counts it", of_users, users_structure - names,
          "bytes"});
  report({"bytes_per_item", "memory of an item, grown (RSS)", of_items,
          (with_items - empty - structure_of_few) / items, "bytes"});
  report(
      {"bytes_per_item_structure", "the same, as the program counts it", of_items, items_structure, "bytes"});
}

}  // namespace sluice::bench
