#include "pipeline/checkpointer.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <exception>
#include <utility>

#include "sink/snapshot_file.h"

namespace sluice::pipeline {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFlushTurn{100};
// A sink that fails at once, as on a full disk, is asked again after this.
constexpr milliseconds kFlushPause{20};

// Where cores are scarce the shards come first, so that lists do not wait for a second while the processor
// copies a snapshot to the disk's cache. The calling thread alone: on Linux each has a niceness of its own.
void step_back() {
  constexpr int kNicer = 10;
  [[maybe_unused]] const int niceness = ::nice(kNicer);
}

void make_sections(Cut& cut) {
  auto& sections = cut.snapshot.sections_in_pieces;
  if (cut.items) sections["items"] = std::exchange(cut.items, nullptr)->take();
  for (auto& [id, users] : cut.users) {
    sections["users/" + std::to_string(static_cast<std::int32_t>(id))] =
        std::exchange(users, nullptr)->take();
  }
}

}  // namespace

Checkpointer::Checkpointer(sink::FileSystem& files, std::filesystem::path instance_folder, std::uint32_t keep,
                           ingest::DeadLetterSink& dead_letters)
    : files_(files),
      folder_(std::move(instance_folder)),
      keep_(keep),
      dead_letters_(dead_letters),
      thread_([this] { run(); }) {}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool Checkpointer::idle() const {
  const std::lock_guard lock(mutex_);
  return !busy_;
}

void Checkpointer::submit(Cut cut) {
  {
    const std::lock_guard lock(mutex_);
    busy_ = true;
    waiting_ = std::move(cut);
  }
  changed_.notify_all();
}

bool Checkpointer::wait_idle(milliseconds at_most) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, at_most, [this] { return !busy_; });
}

std::string_view Checkpointer::awaits() const {
  const std::lock_guard lock(mutex_);
  return awaits_;
}

void Checkpointer::await(std::string_view what) {
  const std::lock_guard lock(mutex_);
  awaits_ = what;
}

std::optional<Checkpointer::Durable> Checkpointer::take_durable() {
  const std::lock_guard lock(mutex_);
  return std::exchange(durable_, std::nullopt);
}

ingest::Offsets Checkpointer::durable_offsets() const {
  const std::lock_guard lock(mutex_);
  return durable_offsets_;
}

void Checkpointer::run() {
  step_back();
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return waiting_.has_value() || stop_; });
    if (stop_) return;
    Cut cut = *std::exchange(waiting_, std::nullopt);
    lock.unlock();
    try {
      save(cut);
    } catch (const std::exception& error) {  // out of memory: the next one may do
      counters_.errors.add();
      spdlog::error("snapshot: {}", error.what());
    }
    lock.lock();
    awaits_ = {};
    busy_ = false;
    changed_.notify_all();
  }
}

void Checkpointer::save(Cut& cut) {
  await("its dead letters are not acknowledged");
  if (!await_dead_letters(cut.dead_letters_sent)) return;
  await("the disk has not taken it");
  make_sections(cut);
  const auto start = std::chrono::steady_clock::now();
  const std::string error = sink::save_snapshot(files_, folder_, cut.snapshot, keep_);
  if (!error.empty()) {
    counters_.errors.add();
    spdlog::error("snapshot: {}", error);
    return;
  }
  const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
  counters_.bytes.set(cut.snapshot.bytes());
  counters_.save_ms.set(static_cast<std::uint64_t>(took.count()));
  counters_.stall_ms.set(
      static_cast<std::uint64_t>(std::chrono::duration_cast<milliseconds>(cut.stall).count()));
  counters_.durable_at_ms.set(static_cast<std::uint64_t>(cut.snapshot.made_ms));
  counters_.saved.add();
  const std::lock_guard lock(mutex_);
  durable_offsets_ = cut.snapshot.applied;
  durable_ = Durable{cut.snapshot.applied, cut.snapshot.epoch, cut.snapshot.made_ms};
}

bool Checkpointer::await_dead_letters(std::uint64_t sent) {
  while (!dead_letters_.flush(sent, kFlushTurn)) {
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, kFlushPause, [this] { return stop_; })) return false;
  }
  return true;
}

}  // namespace sluice::pipeline
