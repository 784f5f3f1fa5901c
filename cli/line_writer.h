#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <thread>

namespace sluice::cli {

// Writes lines to a file descriptor by a thread of its own, so that whoever has something to say never waits
// for a reader. Lines beyond a megabyte that wait are lost, and how many is said when somebody reads again.
// Thread-safe.
class LineWriter {
 public:
  explicit LineWriter(int fd);
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;
  ~LineWriter();  // waits for at most a second until all is written

  // With its line end.
  void write(std::string line);
  // Whether all that was said before is written.
  bool flush(std::chrono::milliseconds at_most);

 private:
  struct State;
  // The thread's too: it may be stuck in a write for good.
  std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace sluice::cli
