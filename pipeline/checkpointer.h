#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "ingest/dead_letters.h"
#include "ingest/kafka_consumer.h"
#include "pipeline/boundary_plan.h"
#include "pipeline/counters.h"
#include "sink/file_system.h"

namespace sluice::pipeline {

// Makes whole cuts durable on a thread of its own, in this order: all dead letters below the cut's offsets
// are acknowledged; the file is written, synced and named. Only then may the caller commit the offsets.
class Checkpointer {
 public:
  Checkpointer(sink::FileSystem& files, std::filesystem::path instance_folder, std::uint32_t keep,
               ingest::DeadLetterSink& dead_letters);
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;
  ~Checkpointer();  // gives up what still waits for dead letters

  // True if no cut is under way; only then submit() may be called. Control thread.
  [[nodiscard]] bool idle() const;
  void submit(Cut cut);
  // Waits until no cut is under way, at most that long. True if none is.
  bool wait_idle(std::chrono::milliseconds at_most);

  struct Durable {
    ingest::Offsets applied;
    Epoch epoch{};
    std::int64_t made_ms = 0;
  };
  // What the cut under way waits for, in words; empty if there is none.
  [[nodiscard]] std::string_view awaits() const;
  // The latest snapshot that became durable since this was asked last.
  [[nodiscard]] std::optional<Durable> take_durable();
  // The offsets of the latest durable snapshot of this process; empty if there is none. Any thread.
  [[nodiscard]] ingest::Offsets durable_offsets() const;

  struct Counters {
    Counter saved;
    Counter errors;
    Counter bytes;          // of the last one
    Counter save_ms;        // of the last one, without waiting for dead letters
    Counter stall_ms;       // the longest time for which the last one kept a shard from all else
    Counter durable_at_ms;  // wall clock of the last one's cut
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  void run();
  void save(Cut& cut);
  void await(std::string_view what);
  [[nodiscard]] bool await_dead_letters(std::uint64_t sent);

  sink::FileSystem& files_;
  const std::filesystem::path folder_;
  const std::uint32_t keep_;
  ingest::DeadLetterSink& dead_letters_;
  Counters counters_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Cut> waiting_;
  bool busy_ = false;
  std::string_view awaits_;
  bool stop_ = false;
  std::optional<Durable> durable_;
  ingest::Offsets durable_offsets_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace sluice::pipeline
