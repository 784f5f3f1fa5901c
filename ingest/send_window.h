#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>

#include "common/types.h"
#include "ingest/producer.h"

namespace sluice::ingest {

// Keeps a producer from running further ahead of a consumer than a number of bytes a partition, because a
// mock cluster forgets what lies further back. Wire on_delivery() to the producer, on_applied() to the
// consumer's progress, and open() to replay's `may_send`. Thread-safe.
class SendWindow {
 public:
  explicit SendWindow(std::int64_t max_bytes_ahead) : max_bytes_ahead_(max_bytes_ahead) {}

  void on_send(std::size_t bytes);                      // key and payload of a queued record
  void on_delivery(const Delivery& delivery);           // of a record that on_send() was told
  void on_applied(PartitionId partition, Offset next);  // everything below `next` is applied

  // True if no partition would be too far ahead, even if all records under way went to the fullest.
  [[nodiscard]] bool open() const;

 private:
  struct Sent {
    Offset offset{};
    std::int64_t bytes = 0;
  };
  struct Partition {
    std::deque<Sent> ahead;
    std::int64_t bytes_ahead = 0;
    Offset applied{};
  };

  mutable std::mutex mutex_;
  std::int64_t max_bytes_ahead_;
  std::int64_t bytes_under_way_ = 0;  // below zero while a report overtakes its on_send()
  std::map<PartitionId, Partition> partitions_;
};

}  // namespace sluice::ingest
