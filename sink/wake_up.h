#pragma once

#include <atomic>

#include "sink/unique_fd.h"

namespace sluice::sink {

// Lets other threads end a poll(). They pay a system call only when the sleeper has said that it sleeps: it
// calls arm(), looks once more for work, and then polls fd().
class WakeUp {
 public:
  WakeUp();

  void notify() {
    if (armed_.exchange(false)) force();
  }
  void force();  // whether armed or not

  void arm() { armed_.store(true); }
  void clear();  // after the poll
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
  std::atomic<bool> armed_ = false;
};

}  // namespace sluice::sink
