#include "ingest/send_window.h"

#include <algorithm>

namespace sluice::ingest {
namespace {

// What a record takes in a broker's log beyond its key and payload, at most, and without compression.
constexpr std::int64_t kRecordOverheadBytes = 80;

std::int64_t log_bytes(std::size_t bytes) {
  return static_cast<std::int64_t>(bytes) + kRecordOverheadBytes;
}

}  // namespace

void SendWindow::on_send(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  bytes_under_way_ += log_bytes(bytes);
}

void SendWindow::on_delivery(const Delivery& delivery) {
  const std::int64_t bytes = log_bytes(delivery.bytes);
  const std::lock_guard lock(mutex_);
  bytes_under_way_ -= bytes;
  if (delivery.error != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  Partition& partition = partitions_[delivery.partition];
  if (delivery.offset < partition.applied) return;  // the consumer was faster than the report
  partition.ahead.push_back({delivery.offset, bytes});
  partition.bytes_ahead += bytes;
}

void SendWindow::on_applied(PartitionId id, Offset next) {
  const std::lock_guard lock(mutex_);
  Partition& partition = partitions_[id];
  partition.applied = std::max(partition.applied, next);
  while (!partition.ahead.empty() && partition.ahead.front().offset < partition.applied) {
    partition.bytes_ahead -= partition.ahead.front().bytes;
    partition.ahead.pop_front();
  }
}

bool SendWindow::open() const {
  const std::lock_guard lock(mutex_);
  std::int64_t furthest = 0;
  for (const auto& [id, partition] : partitions_) furthest = std::max(furthest, partition.bytes_ahead);
  return furthest + bytes_under_way_ < max_bytes_ahead_;
}

}  // namespace sluice::ingest
