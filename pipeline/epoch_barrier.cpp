#include "pipeline/epoch_barrier.h"

namespace sluice::pipeline {

void EpochBarrier::arrive() {
  const std::lock_guard lock(mutex_);
  if (++arrived_ == parties_) changed_.notify_all();
}

bool EpochBarrier::all_arrived(std::chrono::microseconds at_most) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, at_most, [this] { return arrived_ == parties_ || aborted_; });
}

void EpochBarrier::begin_boundary() {
  arrived_ = 0;
  requested_ = false;
}

void EpochBarrier::abort() {
  {
    const std::lock_guard lock(mutex_);
    aborted_ = true;
  }
  changed_.notify_all();
}

}  // namespace sluice::pipeline
