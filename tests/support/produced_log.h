#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "common/types.h"

namespace sluice::test {

// What a test has sent to one topic, by partition and offset, as the deliveries told it. Thread-safe.
class ProducedLog {
 public:
  enum class Kind : std::uint8_t {
    event,
    filtered,  // an event of the type kFilteredType
    erase,     // erase_user, or a tombstone
    control,   // any other control event
    broken,
  };
  struct Record {
    Kind kind = Kind::broken;
    std::string user;
    std::string item;
  };
  using Partition = std::map<Offset, Record>;
  using Contents = std::map<PartitionId, Partition>;
  // To be configured with a weight of zero.
  static constexpr const char* kFilteredType = "nothing";

  // Judges the record by looking at it, without the decoder that is tested. A null payload is a tombstone.
  void add(PartitionId partition, Offset offset, std::string_view key, std::string_view payload);
  [[nodiscard]] Contents contents() const;
  [[nodiscard]] std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  Contents contents_;
};

}  // namespace sluice::test
