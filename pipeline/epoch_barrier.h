#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace sluice::pipeline {

// Where the shards meet at the end of an epoch, in two steps: each says that it has arrived (it will not
// learn any more) and may go on with small pieces of other work until all have; then they meet, as often as
// the boundary's phases need it, and nobody does anything else meanwhile.
class EpochBarrier {
 public:
  explicit EpochBarrier(int parties) : parties_(parties) {}

  // Asks all shards to come. Any thread. True if nobody had asked yet.
  bool request() { return !requested_.exchange(true); }
  [[nodiscard]] bool requested() const { return requested_.load(std::memory_order_relaxed); }

  // Each party once for each boundary, before its first meet().
  void arrive();
  // True if all have arrived; waits for that at most so long.
  [[nodiscard]] bool all_arrived(std::chrono::microseconds at_most);
  // One party, alone, after all have arrived: further requests are for the next boundary.
  void begin_boundary();

  // Waits for all parties; the last one runs `alone` while the others stand still. False: aborted, go home.
  template <typename Alone>
  [[nodiscard]] bool meet(Alone&& alone) {
    std::unique_lock lock(mutex_);
    if (aborted_) return false;
    const std::uint64_t round = round_;
    if (++met_ == parties_) {
      alone();
      met_ = 0;
      ++round_;
      lock.unlock();
      changed_.notify_all();
      return true;
    }
    changed_.wait(lock, [&] { return round_ != round || aborted_; });
    return !aborted_;
  }

  // A party died: everybody who waits, or comes later, is sent home. Any thread.
  void abort();

 private:
  const int parties_;
  std::atomic<bool> requested_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  int arrived_ = 0;
  int met_ = 0;
  std::uint64_t round_ = 0;
  bool aborted_ = false;
};

}  // namespace sluice::pipeline
