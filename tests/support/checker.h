#pragma once

#include <map>
#include <string>

#include "common/types.h"
#include "sink/snapshot_file.h"
#include "support/produced_log.h"
#include "support/sluice_service.h"

// What must hold after any fault. Whatever does not is a failure of the running test, told in words.
namespace sluice::test {

// Of the one instance in `setup` that has read the topic from its beginning. Its counts survive restarts in
// the snapshot, so they are asked there, of the newest one.
class Checker {
 public:
  Checker(const ServiceSetup& setup, const ProducedLog& produced) : setup_(setup), produced_(produced) {}

  // commit <= durable: no commit of the group is ahead of the newest durable snapshot. At any moment.
  void check_commits() const;
  // The state is an exact prefix of each partition's log: the users' events, the items' events, and as many
  // records as the prefixes hold are applied, filtered or dead letters. At any moment; `whole`: the prefixes
  // are to be the logs.
  enum class Prefix : std::uint8_t { any, whole };
  void check_state(Prefix prefix) const;
  // Every broken record is in the dead-letter topic, with its origin, and nothing else. When all is applied.
  void check_dead_letters(const std::string& topic) const;

 private:
  [[nodiscard]] std::map<std::string, std::uint64_t> expected_users(PartitionId partition, Offset end) const;
  void check_items_and_counts(const sink::Snapshot& snapshot) const;

  ServiceSetup setup_;
  const ProducedLog& produced_;
};

// Every key under the prefix has a TTL; every list and live list parses, and is unique, finite and sorted.
// Returns how many user lists there are.
std::size_t check_lists(const std::string& redis_url);

}  // namespace sluice::test
