#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/measure.h"
#include "bench/stage.h"
#include "bench/world.h"
#include "pipeline/snapshot_shelf.h"
#include "sink/unique_fd.h"

namespace sluice::bench {
namespace {

// Bytes a second that the disk takes in one file, written in order and synced; of a cut's snapshot.
double bare_write(const std::filesystem::path& file, const sink::Snapshot& snapshot) {
  constexpr std::size_t kChunk = 1 << 20;
  const double start = wall_seconds();
  {
    const sink::UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    for (const auto& [name, section] : snapshot.sections_in_pieces) {
      for (const std::vector<std::byte>& piece : section.pieces()) {
        for (std::size_t at = 0; at < piece.size();) {
          const auto written = ::write(fd.get(), piece.data() + at, std::min(kChunk, piece.size() - at));
          if (written <= 0) throw std::runtime_error("cannot write " + file.string());
          at += static_cast<std::size_t>(written);
        }
      }
    }
    if (::fdatasync(fd.get()) != 0) throw std::runtime_error("cannot sync " + file.string());
  }
  const double took = wall_seconds() - start;
  std::filesystem::remove(file);
  return static_cast<double>(snapshot.bytes()) / took;
}

double our_write(const std::filesystem::path& folder, const sink::Snapshot& snapshot) {
  const double start = wall_seconds();
  const std::string error = sink::save_snapshot(sink::real_file_system(), folder, snapshot, 1);
  if (!error.empty()) throw std::runtime_error(error);
  return static_cast<double>(snapshot.bytes()) / (wall_seconds() - start);
}

double bare_read(const std::filesystem::path& file) {
  const double start = wall_seconds();
  const sink::UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  std::vector<char> buffer(1 << 20);
  while (::read(fd.get(), buffer.data(), buffer.size()) > 0) keep(buffer[0]);
  return wall_seconds() - start;
}

// What the service does until it learns again: looks the folder through, reads the items, then each
// partition's users.
double our_start(const std::filesystem::path& folder, const config::Options& options) {
  const double start = wall_seconds();
  pipeline::SnapshotShelf shelf(sink::real_file_system(), folder, options.instance);
  shelf.scan();
  const sink::Snapshot* const own = shelf.own();
  if (own == nullptr) throw std::runtime_error("the snapshot is not found again");
  model::Model model(options, 1);
  ByteReader items(own->sections.at("items"));
  if (!model.load_items(items)) throw std::runtime_error("the snapshot's items cannot be read");
  for (int p = 0; p < kPartitions; ++p) {
    const auto& section = shelf.holder_of(PartitionId{p})->sections.at("users/" + std::to_string(p));
    model.know_items(section);
    ByteReader users(section);
    if (!model.shard(0).load_users(PartitionId{p}, users)) throw std::runtime_error("users cannot be read");
  }
  return wall_seconds() - start;
}

// A cut put down by a shard that goes on learning, in turns as the service has them.
class SavingWhileLearning {
 public:
  struct Taken {
    sink::Snapshot snapshot;
    // Of what keeps the shard from the next event: the cut, a turn, an event. By the thread's CPU time, and
    // by the wall clock.
    double longest_ms = 0;
    double longest_wall_ms = 0;
    double seconds = 0;  // until the cut was whole
    double events = 0;   // learned meanwhile
  };

  SavingWhileLearning(model::Model& model, const Shape& shape)
      : model_(model), draws_(shape, 17, world_end()), groups_(draws_, kGroups) {}

  // Learns that many events a second without a cut.
  double learn() {
    const double start = wall_seconds();
    for (std::size_t k = 0; k < kGroups; ++k) learn_one();
    return static_cast<double>(kGroups) / (wall_seconds() - start);
  }

  Taken save() {
    Taken taken;
    model_.merge();
    const double start = wall_seconds();
    double then = start;
    double then_busy = thread_seconds();
    const auto note = [&] {
      const double now = wall_seconds();
      const double busy = thread_seconds();
      taken.longest_ms = std::max(taken.longest_ms, 1000 * (busy - then_busy));
      taken.longest_wall_ms = std::max(taken.longest_wall_ms, 1000 * (now - then));
      then = now;
      then_busy = busy;
    };
    taken.snapshot = snapshot_frame(model_);
    const auto items = model_.begin_cut();
    note();
    for (bool whole = false; !whole;) {
      for (std::size_t k = 0; k < kBatch; ++k) {
        learn_one();
        note();
      }
      const double turn = thread_seconds();
      while (!whole && thread_seconds() - turn < kTurnSeconds) whole = model_.shard(0).save_some(kStride);
      note();
      taken.events += static_cast<double>(kBatch);
    }
    taken.seconds = then - start;
    for (const auto& [id, users] : model_.shard(0).take_cut()) {
      taken.snapshot.sections_in_pieces["users/" + std::to_string(static_cast<int>(id))] = users->take();
    }
    taken.snapshot.sections_in_pieces["items"] = items->take();
    return taken;
  }

 private:
  static constexpr std::size_t kGroups = 50'000;
  static constexpr std::size_t kBatch = 512;
  static constexpr double kTurnSeconds = 1e-3;
  static constexpr std::size_t kStride = std::size_t{64} << 10;

  void learn_one() {
    model_.shard(0).learn(groups_[next_++ % kGroups]);
    if (model_.wants_merge()) model_.merge();
  }

  model::Model& model_;
  EventDraws draws_;
  PreparedGroups groups_;
  std::size_t next_ = 0;
};

void measure_writing(const Settings& settings, const std::string& sizes, const Shape& shape,
                     model::Model& model, const Report& report) {
  SavingWhileLearning saving(model, shape);
  (void)saving.learn();
  double longest_ms = 0;
  double longest_wall_ms = 0;
  std::vector<double> seconds;
  std::vector<double> share;
  sink::Snapshot cut;
  for (int round = 0; round < settings.rounds(); ++round) {
    const double undisturbed = saving.learn();
    SavingWhileLearning::Taken taken = saving.save();
    longest_ms = std::max(longest_ms, taken.longest_ms);
    longest_wall_ms = std::max(longest_wall_ms, taken.longest_wall_ms);
    seconds.push_back(taken.seconds);
    share.push_back(taken.events / taken.seconds / undisturbed);
    cut = std::move(taken.snapshot);
  }
  const auto write = measure_beside(
      settings.rounds(), [&] { return our_write(settings.folder / "snapshots" / cut.instance, cut); },
      [&] { return bare_write(settings.folder / "bare", cut); });
  report({"snapshot_bytes_per_s", "snapshot: the file, written and durable", sizes, write.ours / 1e6, "MB/s",
          Figure::Limit{"write and fdatasync", write.limit / 1e6}, "snapshot_share_disk"});
  report(
      {"snapshot_longest_stall_ms", "snapshot: longest time that a shard stands", sizes, longest_ms, "ms"});
  report({"snapshot_longest_stall_wall_ms", "the same by the wall clock", sizes, longest_wall_ms, "ms"});
  report({"snapshot_saving_seconds", "snapshot: until the cut is put down, while learning goes on", sizes,
          median(seconds), "s"});
  report({"snapshot_learning_share", "snapshot: learning meanwhile, of what it is without", sizes,
          median(share), "times"});
}

}  // namespace

void run_snapshot(const Settings& settings, const Report& report) {
  const Shape shape = scaled({}, settings);
  std::string sizes = shape.text();
  {
    const auto model = make_model(shape, settings, default_options(), 1);
    sizes += ", " + std::to_string(snapshot_of(*model).bytes() / 1'000'000) + " MB";
    measure_writing(settings, sizes, shape, *model, report);
  }
  const auto folder = settings.folder / "snapshots";
  const auto file = *std::filesystem::directory_iterator(folder / default_options().instance);
  const auto start = measure_beside(
      settings.rounds(), [&] { return our_start(folder, default_options()); },
      [&] { return bare_read(file.path()); });
  report({"start_seconds", "start from that snapshot", sizes, start.ours, "s"});
  report({"start_seconds_read", "reading its file alone, from the page cache", sizes, start.limit, "s"});
  std::filesystem::remove_all(folder);
}

}  // namespace sluice::bench
