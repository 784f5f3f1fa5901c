#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "common/repeat_limiter.h"
#include "common/types.h"
#include "config/options.h"
#include "ingest/kafka_handles.h"
#include "ingest/record_batch.h"

namespace sluice::ingest {

// First offset that the log still has, and the one after its last.
struct Watermarks {
  Offset low{};
  Offset high{};
};

struct CommittedOffset {
  Offset offset{};
  std::string token;  // what the committer wrote beside it
};

using Offsets = std::map<TopicPartition, Offset>;

// What the brokers say about one topic.
struct TopicView {
  int partitions = 0;  // 0: there is no such topic, or we may not see it
  int leaderless = 0;  // of these, how many nobody serves just now
};
using TopicViews = std::map<std::string, TopicView>;

// A consumer group member whose partitions are spread over the queues of several shards: same-numbered
// partitions of all topics go to queue `partition % shards`. Records come from poll(), one thread for each
// shard; everything else is for the control thread, except where said.
//
// What librdkafka would do silently is turned off: it neither commits nor stores offsets, a lost offset is an
// error (Record::Kind::offset_lost), assignment is eager and by range, and a partition's end is told. There
// is no pause and no seek: a shard that does not poll is back-pressure enough, and positions change by
// assign() alone.
class KafkaConsumer {
 public:
  // Called inside serve(), on the control thread. An exception is carried out of serve().
  struct Listener {
    std::function<void(const std::vector<TopicPartition>&)> on_assigned;  // must call assign() in the end
    std::function<void(const std::vector<TopicPartition>&)> on_revoked;   // still ours until it returns
    std::function<void(const std::vector<TopicPartition>&)> on_lost;      // no longer ours: do not commit
    std::function<void(const Offsets&)> on_committed = {};  // may be empty; also in serve_commits()
  };

  // Throws std::runtime_error if librdkafka refuses a property.
  KafkaConsumer(const config::KafkaOptions& options, const std::string& instance, int shards,
                Listener listener);
  KafkaConsumer(const KafkaConsumer&) = delete;
  KafkaConsumer& operator=(const KafkaConsumer&) = delete;
  ~KafkaConsumer();  // close(0ms) if it was not closed

  void subscribe();
  // Serves rebalances and errors, at most that long; while a topic of the subscription is missing, now and
  // then two seconds longer, to look for it.
  void serve(std::chrono::milliseconds at_most);

  // Fills `batch` (cleared first) with what lies ready, up to `most`; if nothing does, waits at most that
  // long for one record. Any one thread for each shard.
  void poll(int shard, RecordBatch& batch, std::size_t most, std::chrono::milliseconds at_most);
  // Makes a poll of that shard that waits return early. Any thread.
  void wake(int shard);

  // Replaces the assignment: records of these partitions come from these offsets. Records that were fetched
  // before and not polled are dropped.
  // Only while nothing is assigned, as in on_assigned.
  void assign(const Offsets& from);
  // The same while partitions are assigned.
  void reassign(const Offsets& from);

  // Blocking questions to the brokers. Nothing: no answer in time.
  [[nodiscard]] std::optional<Watermarks> query_watermarks(const TopicPartition&,
                                                           std::chrono::milliseconds at_most);
  // Partitions without a commit are left out.
  [[nodiscard]] std::optional<std::map<TopicPartition, CommittedOffset>> query_committed(
      const std::vector<TopicPartition>&, std::chrono::milliseconds at_most);
  // The first offset at or after that record time; the log's end if there is none.
  [[nodiscard]] std::optional<Offset> query_offset_at(const TopicPartition&, Timestamp,
                                                      std::chrono::milliseconds at_most);

  // Those of this consumer's topics that brokers tell of within that time in all, the one behind `last` first
  // and `last` itself at the end; `last` becomes the last one told. Nothing: no answer. It counts no error.
  // Any thread, until close().
  [[nodiscard]] TopicViews query_topics(std::chrono::milliseconds at_most, std::string& last);
  // The id that a topic keeps while it lives and one made anew has not; empty if the broker does not tell in
  // time, or this librdkafka (before 2.3) cannot ask.
  [[nodiscard]] std::string query_topic_id(const std::string& topic, std::chrono::milliseconds at_most);

  // The log's end as the last fetch told it; nothing before the first one. Any thread.
  [[nodiscard]] std::optional<Offset> known_end(const TopicPartition&) const;

  // Starts a commit; the result is counted by serve_commits(). The token is stored beside every offset.
  void commit(const Offsets&, const std::string& token);
  // Waits at most that long until no commit is under way. True if none is.
  bool serve_commits(std::chrono::milliseconds at_most);

  struct Counters {
    std::atomic<std::uint64_t> errors{0};  // told by librdkafka: brokers away, refused, ...
    std::atomic<std::uint64_t> commits{0};
    std::atomic<std::uint64_t> commit_errors{0};
    std::atomic<std::uint64_t> rebalances{0};
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }
  // Counts an error that came among the records, and logs it unless one of its kind was logged within the
  // last minute. Any thread.
  void count_error(const std::string& text);
  // The latest error that came after that time, in librdkafka's words; empty if there is none. Any thread.
  [[nodiscard]] std::string latest_error(std::chrono::steady_clock::time_point after) const;
  // What was committed successfully by this process. Any thread.
  [[nodiscard]] Offsets committed() const;
  // Why this consumer can never go on (fenced by another member of the same name, ...); empty if it can.
  [[nodiscard]] std::string fatal_error() const;
  // Why a broker does not let us in, or we do not trust it, if so and no other broker answers; else empty.
  // Before anything was assigned, this will hardly pass by waiting.
  [[nodiscard]] std::string refusal() const { return all_brokers_away_ ? refusal_ : std::string(); }

  // Topics of the subscription that the brokers do not show us. They are looked for every few seconds.
  [[nodiscard]] const std::set<std::string>& missing_topics() const { return missing_topics_; }

  // Leaves the group, at most that long. No poll() or query_topics() may be under way or follow, and all
  // batches must be cleared: a record that lives makes librdkafka wait for it without end.
  void close(std::chrono::milliseconds at_most);

 private:
  struct Callbacks;

  // An error that came among the records, of a topic or of the group.
  void handle_error_message(const rd_kafka_message_t& message);
  // librdkafka itself looks for some missing topics only every five minutes.
  void look_for_missing_topics();
  void handle_error(rd_kafka_resp_err_t error, const char* reason);
  void note_error(const std::string& text);
  void handle_rebalance(rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t*);
  void handle_commit(rd_kafka_resp_err_t, const rd_kafka_topic_partition_list_t*);

  Listener listener_;
  std::vector<std::string> topics_;
  rd_kafka_t* handle_ = nullptr;           // destroyed by close(), which must choose how
  std::vector<KafkaTopic> topic_handles_;  // one for each of topics_, for query_topics()
  std::vector<KafkaQueue> shard_queues_;
  KafkaQueue commit_queue_;
  int commits_under_way_ = 0;
  bool closing_ = false;
  std::string refusal_;  // the first one
  bool all_brokers_away_ = false;
  std::set<std::string> missing_topics_;
  std::chrono::steady_clock::time_point look_for_topics_at_{};
  std::exception_ptr failure_;  // thrown inside a callback
  mutable std::mutex committed_mutex_;
  Offsets committed_;
  Counters counters_;
  RepeatLimiter log_limiter_;
  mutable std::mutex error_mutex_;
  std::string latest_error_;
  std::chrono::steady_clock::time_point latest_error_at_{};
};

}  // namespace sluice::ingest
