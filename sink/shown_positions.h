#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/types.h"

namespace sluice::sink {

// The version of what readers are shown: for each topic-partition the position (next offset to be applied)
// from which no list in Redis knows more. It is kept in `<prefix>:shown`, a hash with the fields
// `<topic>/<partition>`, so that a process that starts from older state writes no list before it has caught
// up with what an earlier one wrote.
//
//   producer:   allows(applied)? then claim(applied), then hand the list over
//   publisher:  read the hash; write claims that it does not hold yet, then the lists, in one pipeline
//
// So the hash is never behind the lists, whenever a process dies. A Redis without the hash allows everything.
// Thread-safe.
class ShownPositions {
 public:
  // Of one topic-partition. Lock-free.
  class Position {
   public:
    // Whether lists may be made from a state that has applied everything below this. False until Redis was
    // read.
    [[nodiscard]] bool allows(Offset applied) const {
      return static_cast<std::int64_t>(applied) >= least_.load(std::memory_order_acquire);
    }
    // Lists handed to the publisher after this know no more than everything below `applied`.
    void claim(Offset applied) {
      claimed_.store(static_cast<std::int64_t>(applied), std::memory_order_release);
    }

   private:
    friend class ShownPositions;
    static constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::max();
    static constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::min();
    std::atomic<std::int64_t> least_{kUnknown};
    std::atomic<std::int64_t> claimed_{kNone};
  };
  using Fields = std::vector<std::pair<std::string, std::string>>;

  // Producers.

  [[nodiscard]] std::shared_ptr<Position> of(const TopicPartition& partition);
  // The partition was taken up, or its log changed under us: nothing is allowed until Redis was read again,
  // for another process may have written meanwhile. A position beyond `log_end` is one of a log that is no
  // more, and does not count; zero if it is known that the log is another one.
  void assigned(const TopicPartition& partition, Offset log_end);
  // For lists that all partitions have a part in. False, and nothing is claimed, if one does not allow it or
  // there is none: who holds no partition knows nothing to show.
  [[nodiscard]] bool claim_all(const std::map<TopicPartition, Offset>& applied);

  // The publisher's thread.

  // The hash is to be read (again): a new connection, a loss, an error.
  void ask();
  // Whether it is to be read now; then answer() follows, or ask() if there was none.
  [[nodiscard]] bool take_question();
  // What the hash holds. Fields that are no positions are passed over.
  // False: it was asked again meanwhile, and this may be too old.
  bool answer(const Fields& fields);
  // Claims that the hash does not hold; from here on it is taken to hold them. None of them is below what it
  // holds, but for another log.
  [[nodiscard]] Fields take_unwritten();

 private:
  struct Entry {
    std::shared_ptr<Position> position = std::make_shared<Position>();
    std::optional<std::int64_t> log_end;  // since the partition was taken up, until Redis was read
    std::optional<std::int64_t> void_at;  // this value in the hash, or in a late answer, is of another log
  };

  void judge(const TopicPartition& partition, Entry& entry);
  // What the hash holds of it and counts.
  [[nodiscard]] std::int64_t known(const TopicPartition& partition, const Entry& entry) const;

  std::mutex mutex_;
  std::map<TopicPartition, Entry> entries_;       // all that producers spoke of
  std::map<TopicPartition, std::int64_t> known_;  // what the hash holds
  bool was_read_ = false;
  bool asked_ = true;
};

}  // namespace sluice::sink
