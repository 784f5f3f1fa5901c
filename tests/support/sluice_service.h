#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ingest/producer.h"
#include "sink/status_publisher.h"
#include "support/produced_log.h"

// The real binary as a child, and what a test around it needs: a configuration, events, status, what its
// snapshots say.
namespace sluice::test {

// A folder that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct ServiceSetup {
  std::string instance = "a";
  std::string brokers;
  std::string redis_url;
  std::filesystem::path folder;                  // for the configuration, the log and the snapshots
  std::map<std::string, std::string> overrides;  // "kafka.dead_letter_topic" -> "events.dead"
};

// `sluice run` as a child process; killed at the end of this object's life. If the test failed, its log is
// told then, for the folder goes.
class SluiceService {
 public:
  explicit SluiceService(const ServiceSetup& setup);
  SluiceService(const SluiceService&) = delete;
  SluiceService& operator=(const SluiceService&) = delete;
  ~SluiceService();

  void start();
  void send_signal(int signal) const;
  [[nodiscard]] pid_t pid() const { return pid_; }
  // kill -9, and gone when this returns.
  void kill();
  // Exit code, or 128 + signal; nothing if it has not ended in time.
  [[nodiscard]] std::optional<int> wait_for_exit(std::chrono::milliseconds at_most);
  // SIGTERM, and its exit code.
  [[nodiscard]] std::optional<int> stop(std::chrono::milliseconds at_most = std::chrono::seconds{40});

  // Its status in Redis; empty if there is none of this very process (a killed one's stays for a while).
  [[nodiscard]] sink::StatusFields status() const;
  // A field of it, 0 if it is not there; and the sum of all fields that begin so.
  [[nodiscard]] std::int64_t number(const std::string& field) const;
  [[nodiscard]] std::int64_t sum(const std::string& prefix) const;
  [[nodiscard]] std::string log() const;

 private:
  ServiceSetup setup_;
  pid_t pid_ = -1;
};

[[nodiscard]] std::filesystem::path snapshot_folder(const ServiceSetup& setup);
// Whether there is a valid one of the instance.
[[nodiscard]] bool has_snapshot(const ServiceSetup& setup);

// What `sluice snapshot inspect FOLDER --items` (or --users) prints: name -> events.
[[nodiscard]] std::map<std::string, std::uint64_t> inspect(const std::filesystem::path& folder,
                                                           const char* what);
[[nodiscard]] std::uint64_t total(const std::map<std::string, std::uint64_t>& counts);

struct TestEvent {
  std::string user;
  std::string item;
  std::int64_t time_ms = 0;
};
[[nodiscard]] std::string to_json(const TestEvent& event);
// User u<i % users>, item i<i * 7 % items>, a second apart each.
[[nodiscard]] std::vector<TestEvent> make_events(std::size_t first, std::size_t count, std::size_t users,
                                                 std::size_t items);
[[nodiscard]] std::map<std::string, std::uint64_t> count_items(const std::vector<TestEvent>& events);

// Sends to a topic, keyed by user, and waits until all is delivered.
class EventSender {
 public:
  explicit EventSender(const std::string& brokers, std::string topic = "events");
  void send(const std::vector<TestEvent>& events);
  // Of the same users and items, with some that are broken, filtered (ProducedLog::kFilteredType) or
  // tombstones of users among them; `first` goes on counting from call to call.
  void send_mixture(std::size_t first, std::size_t count, std::size_t users, std::size_t items);
  void send_raw(const std::string& key, const std::string& payload);
  void send_tombstone(const std::string& key);
  void flush();
  // What was delivered so far.
  [[nodiscard]] const ProducedLog& produced() const { return produced_; }

 private:
  void send_record(const std::string& key, std::string_view payload);

  std::string topic_;
  ProducedLog produced_;
  ingest::Producer producer_;  // last: it writes to the log
};

}  // namespace sluice::test
