#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/stage.h"
#include "common/types.h"
#include "config/options.h"
#include "model/model.h"
#include "model/random.h"
#include "sink/snapshot_file.h"

// The made-up world that all stages share: so many users and items, and a stream of events between them.
namespace sluice::bench {

inline constexpr int kPartitions = 4;

struct Shape {
  std::uint32_t users = 1'000'000;
  std::uint32_t items = 100'000;
  bool uniform = false;  // else Zipf with exponent 1, for users and items

  [[nodiscard]] std::string text() const;  // "1M users, 100k items, Zipf 1.0"
};
[[nodiscard]] Shape scaled(Shape full, const Settings& settings);

[[nodiscard]] std::string user_name(std::uint32_t number);
[[nodiscard]] std::string item_name(std::uint32_t number);
// Where a Kafka producer of ours sends this user's events.
[[nodiscard]] PartitionId partition_of(std::string_view user);

struct DrawnEvent {
  std::uint32_t user = 0;
  std::uint32_t item = 0;
  Timestamp time;
};

// An endless stream of events, 10,000 to each second of its own time. The same seed gives the same stream.
class EventDraws {
 public:
  EventDraws(const Shape& shape, std::uint64_t seed, Timestamp start);
  [[nodiscard]] DrawnEvent next();

 private:
  [[nodiscard]] std::uint32_t draw(std::uint32_t count);

  Shape shape_;
  model::Random random_;
  Timestamp start_;
  std::uint64_t events_ = 0;
};

// Time of a world's last event; streams that go on from it start here.
[[nodiscard]] Timestamp world_end();

// The default model's options, for an instance of these stages; all events teach.
[[nodiscard]] config::Options default_options();
// The same, but learning is quick: for state of which only the size counts.
[[nodiscard]] config::Options filling_options();

// A world that has learned two events a user: everybody took something, everything was taken, and the rest is
// the stream. As a snapshot with the offset 0 of each partition of topic "events" still to come; kept in the
// run's folder, as several stages need it.
[[nodiscard]] sink::Snapshot make_world(const Shape& shape, const Settings& settings);

// The folder of that snapshot.
[[nodiscard]] std::filesystem::path world_folder(const Shape& shape, const Settings& settings);

// The default model as it was when the snapshot was made; partition p belongs to shard p % shards.
[[nodiscard]] std::unique_ptr<model::Model> restore(const sink::Snapshot& snapshot,
                                                    const config::Options& options, int shards);
// The same from the run's folder, without the snapshot's own memory.
[[nodiscard]] std::unique_ptr<model::Model> make_model(const Shape& shape, const Settings& settings,
                                                       const config::Options& options, int shards);
// A snapshot without sections for items and users, which a cut's parts are put into: taken at a boundary.
[[nodiscard]] sink::Snapshot snapshot_frame(const model::Model& model);
// The sections of a model's snapshot, made at once.
[[nodiscard]] sink::Snapshot snapshot_of(model::Model& model);

// Events with their text at hand, to be learned as groups of one line.
class PreparedGroups {
 public:
  PreparedGroups(EventDraws& draws, std::size_t count);
  [[nodiscard]] std::size_t size() const { return groups_.size(); }
  [[nodiscard]] const model::Group& operator[](std::size_t i) const { return groups_[i]; }
  [[nodiscard]] static model::Shard::Hint hint(const model::Group& group) {
    return model::Shard::hint(group.partition, group.user, group.lines.front().item);
  }
  [[nodiscard]] model::Shard::Hint hint(std::size_t i) const { return hint(groups_[i]); }

 private:
  std::vector<std::string> users_;
  std::vector<std::string> items_;
  std::vector<model::Line> lines_;
  std::vector<model::Group> groups_;
};

}  // namespace sluice::bench
