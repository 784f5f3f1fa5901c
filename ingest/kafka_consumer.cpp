#include "ingest/kafka_consumer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "common/clock.h"
#include "ingest/kafka_conf.h"
#include "ingest/kafka_refusal.h"
#include "ingest/kafka_topics.h"

namespace sluice::ingest {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How often a missing topic is looked for, and how long an answer may take.
constexpr milliseconds kLookForTopics{4000};
constexpr milliseconds kAskForTopics{1000};

int to_timeout(milliseconds at_most) {
  return static_cast<int>(std::max<std::int64_t>(0, at_most.count()));
}

std::vector<TopicPartition> to_partitions(const rd_kafka_topic_partition_list_t& list) {
  std::vector<TopicPartition> partitions;
  for (int i = 0; i < list.cnt; ++i) {
    partitions.push_back({list.elems[i].topic, PartitionId{list.elems[i].partition}});
  }
  return partitions;
}

rd_kafka_topic_partition_t* add(rd_kafka_topic_partition_list_t* list, const TopicPartition& partition) {
  return rd_kafka_topic_partition_list_add(list, partition.topic.c_str(),
                                           static_cast<std::int32_t>(partition.partition));
}

KafkaPartitionList to_list(const Offsets& offsets) {
  KafkaPartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const auto& [partition, offset] : offsets) {
    add(list.get(), partition)->offset = static_cast<std::int64_t>(offset);
  }
  return list;
}

}  // namespace

// librdkafka's C callbacks; the opaque pointer is the consumer.
struct KafkaConsumer::Callbacks {
  static void rebalance(rd_kafka_t*, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* list,
                        void* self) {
    static_cast<KafkaConsumer*>(self)->handle_rebalance(error, list);
  }
  static void commit(rd_kafka_t*, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* list,
                     void* self) {
    static_cast<KafkaConsumer*>(self)->handle_commit(error, list);
  }
  static void error(rd_kafka_t*, int code, const char* reason, void* self) {
    static_cast<KafkaConsumer*>(self)->handle_error(static_cast<rd_kafka_resp_err_t>(code), reason);
  }
};

KafkaConsumer::KafkaConsumer(const config::KafkaOptions& options, const std::string& instance, int shards,
                             Listener listener)
    : listener_(std::move(listener)), topics_(options.topics) {
  KafkaConf conf = make_kafka_conf(consumer_properties(options, instance));
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_rebalance_cb(conf.get(), &Callbacks::rebalance);
  rd_kafka_conf_set_error_cb(conf.get(), &Callbacks::error);
  handle_ = new_kafka_handle(RD_KAFKA_CONSUMER, std::move(conf));
  rd_kafka_poll_set_consumer(handle_);
  commit_queue_.reset(rd_kafka_queue_new(handle_));
  for (const std::string& topic : topics_) {
    topic_handles_.emplace_back(rd_kafka_topic_new(handle_, topic.c_str(), nullptr));
  }
  for (int shard = 0; shard < shards; ++shard) shard_queues_.emplace_back(rd_kafka_queue_new(handle_));
}

KafkaConsumer::~KafkaConsumer() {
  close(milliseconds{0});
}

void KafkaConsumer::subscribe() {
  KafkaPartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(topics_.size())));
  for (const std::string& topic : topics_) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  }
  const rd_kafka_resp_err_t error = rd_kafka_subscribe(handle_, list.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error(std::string("kafka: cannot subscribe: ") + rd_kafka_err2str(error));
  }
}

void KafkaConsumer::serve(milliseconds at_most) {
  // Records never come this way: all partitions' queues are forwarded to the shards.
  if (rd_kafka_message_t* message = rd_kafka_consumer_poll(handle_, to_timeout(at_most))) {
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      count_error("a record missed its shard: its partition stands still until the next assignment");
    } else if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      handle_error_message(*message);
    }
    rd_kafka_message_destroy(message);
  }
  serve_commits(milliseconds{0});
  look_for_missing_topics();
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void KafkaConsumer::poll(int shard, RecordBatch& batch, std::size_t most, milliseconds at_most) {
  batch.clear();
  batch.messages_.resize(most);
  rd_kafka_queue_t* queue = shard_queues_[static_cast<std::size_t>(shard)].get();
  // A call with a timeout waits for a full batch, so it is only used to wait for the first record.
  ssize_t count = rd_kafka_consume_batch_queue(queue, 0, batch.messages_.data(), most);
  if (count <= 0 && at_most.count() > 0) {
    count = rd_kafka_consume_batch_queue(queue, to_timeout(at_most), batch.messages_.data(), 1);
  }
  batch.messages_.resize(static_cast<std::size_t>(std::max<ssize_t>(0, count)));
}

void KafkaConsumer::wake(int shard) {
  rd_kafka_queue_yield(shard_queues_[static_cast<std::size_t>(shard)].get());
}

void KafkaConsumer::assign(const Offsets& from) {
  for (const auto& [partition, offset] : from) {
    const auto number = static_cast<std::int32_t>(partition.partition);
    const KafkaQueue queue(rd_kafka_queue_get_partition(handle_, partition.topic.c_str(), number));
    const std::size_t shard = static_cast<std::size_t>(number) % shard_queues_.size();
    if (queue) rd_kafka_queue_forward(queue.get(), shard_queues_[shard].get());
  }
  const KafkaPartitionList list = to_list(from);
  const rd_kafka_resp_err_t error = rd_kafka_assign(handle_, list.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) count_error(std::string("assign: ") + rd_kafka_err2str(error));
}

void KafkaConsumer::reassign(const Offsets& from) {
  rd_kafka_assign(handle_, nullptr);
  // A partition that stops is taken from its shard's queue, in librdkafka's main thread and perhaps after
  // assign() has tied it to that queue anew. That thread answers in order: with this answer all stops are
  // done.
  rd_kafka_topic_partition_list_t* none = nullptr;
  if (rd_kafka_assignment(handle_, &none) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    rd_kafka_topic_partition_list_destroy(none);
  }
  assign(from);
}

std::optional<Watermarks> KafkaConsumer::query_watermarks(const TopicPartition& partition,
                                                          milliseconds at_most) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  const rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
      handle_, partition.topic.c_str(), static_cast<std::int32_t>(partition.partition), &low, &high,
      to_timeout(at_most));
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return Watermarks{Offset{low}, Offset{high}};
  count_error(std::string("offsets of ") + partition.topic + ": " + rd_kafka_err2str(error));
  return std::nullopt;
}

std::optional<std::map<TopicPartition, CommittedOffset>> KafkaConsumer::query_committed(
    const std::vector<TopicPartition>& partitions, milliseconds at_most) {
  KafkaPartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const TopicPartition& partition : partitions) add(list.get(), partition);
  const rd_kafka_resp_err_t error = rd_kafka_committed(handle_, list.get(), to_timeout(at_most));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    count_error(std::string("committed offsets: ") + rd_kafka_err2str(error));
    return std::nullopt;
  }
  std::map<TopicPartition, CommittedOffset> committed;
  for (int i = 0; i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& found = list->elems[i];
    if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
    if (found.offset < 0) continue;
    committed[{found.topic, PartitionId{found.partition}}] = {
        Offset{found.offset}, std::string(static_cast<const char*>(found.metadata), found.metadata_size)};
  }
  return committed;
}

std::optional<Offset> KafkaConsumer::query_offset_at(const TopicPartition& partition, Timestamp time,
                                                     milliseconds at_most) {
  KafkaPartitionList list(rd_kafka_topic_partition_list_new(1));
  add(list.get(), partition)->offset = to_unix_ms(time);
  const rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(handle_, list.get(), to_timeout(at_most));
  const rd_kafka_topic_partition_t& answer = list->elems[0];
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR || answer.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    count_error("offsets by time: " + std::string(rd_kafka_err2str(error)));
    return std::nullopt;
  }
  if (answer.offset >= 0) return Offset{answer.offset};
  const auto watermarks = query_watermarks(partition, at_most);
  return watermarks ? std::optional(watermarks->high) : std::nullopt;
}

TopicViews KafkaConsumer::query_topics(milliseconds at_most, std::string& last) {
  const auto deadline = steady_clock::now() + at_most;
  TopicViews views;
  const auto behind_last = static_cast<std::size_t>(std::ranges::find(topics_, last) - topics_.begin()) + 1;
  for (std::size_t k = 0; k < topics_.size(); ++k) {
    const std::size_t i = (behind_last + k) % topics_.size();
    const auto left = left_until(deadline);
    const rd_kafka_metadata_t* answer = nullptr;
    if (left.count() == 0 || rd_kafka_metadata(handle_, 0, topic_handles_[i].get(), &answer,
                                               to_timeout(left)) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      break;
    }
    last = topics_[i];
    const std::unique_ptr<const rd_kafka_metadata_t, KafkaDeleter<rd_kafka_metadata_destroy>> owned(answer);
    TopicView& view = views[topics_[i]];
    for (int t = 0; t < answer->topic_cnt; ++t) {
      const rd_kafka_metadata_topic_t& topic = answer->topics[t];
      view.partitions += topic.partition_cnt;
      for (int p = 0; p < topic.partition_cnt; ++p) view.leaderless += topic.partitions[p].leader < 0 ? 1 : 0;
    }
  }
  return views;
}

std::string KafkaConsumer::query_topic_id(const std::string& topic, milliseconds at_most) {
  return ask_for_topic_id(handle_, topic, at_most);
}

std::optional<Offset> KafkaConsumer::known_end(const TopicPartition& partition) const {
  std::int64_t low = 0;
  std::int64_t high = 0;
  const rd_kafka_resp_err_t error = rd_kafka_get_watermark_offsets(
      handle_, partition.topic.c_str(), static_cast<std::int32_t>(partition.partition), &low, &high);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0) return std::nullopt;
  return Offset{high};
}

void KafkaConsumer::commit(const Offsets& offsets, const std::string& token) {
  if (offsets.empty()) return;
  const KafkaPartitionList list = to_list(offsets);
  for (int i = 0; i < list->cnt; ++i) {
    // librdkafka frees the metadata with free().
    list->elems[i].metadata = strdup(token.c_str());
    list->elems[i].metadata_size = token.size();
  }
  ++commits_under_way_;
  const rd_kafka_resp_err_t error =
      rd_kafka_commit_queue(handle_, list.get(), commit_queue_.get(), &Callbacks::commit, this);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) handle_commit(error, nullptr);
}

bool KafkaConsumer::serve_commits(milliseconds at_most) {
  const auto deadline = steady_clock::now() + at_most;
  while (commits_under_way_ > 0) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    const int served = rd_kafka_queue_poll_callback(commit_queue_.get(), to_timeout(left));
    if (served == 0 && left.count() <= 0) break;
  }
  return commits_under_way_ == 0;
}

Offsets KafkaConsumer::committed() const {
  const std::lock_guard lock(committed_mutex_);
  return committed_;
}

std::string KafkaConsumer::fatal_error() const {
  std::array<char, 512> reason{};
  const rd_kafka_resp_err_t error = rd_kafka_fatal_error(handle_, reason.data(), reason.size());
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return std::string(rd_kafka_err2name(error)) + ": " + reason.data();
}

void KafkaConsumer::close(milliseconds at_most) {
  if (handle_ == nullptr) return;
  closing_ = true;
  const auto deadline = steady_clock::now() + at_most;
  KafkaQueue close_queue(rd_kafka_queue_new(handle_));
  const KafkaError error(rd_kafka_consumer_close_queue(handle_, close_queue.get()));
  while (!error && rd_kafka_consumer_closed(handle_) == 0 && steady_clock::now() < deadline) {
    rd_kafka_queue_poll_callback(close_queue.get(), 20);
  }
  const bool closed = rd_kafka_consumer_closed(handle_) != 0;
  close_queue.reset();
  commit_queue_.reset();
  topic_handles_.clear();
  shard_queues_.clear();
  destroy_kafka_handle(std::exchange(handle_, nullptr), closed ? 0 : RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void KafkaConsumer::handle_error_message(const rd_kafka_message_t& message) {
  if (message.rkt == nullptr) {
    return count_error(std::string(rd_kafka_err2name(message.err)) + ": " +
                       rd_kafka_message_errstr(&message));
  }
  const std::string topic = rd_kafka_topic_name(message.rkt);
  count_error(topic_error_text(topic, message.err));
  if (is_missing_topic(message.err) && std::ranges::find(topics_, topic) != topics_.end()) {
    missing_topics_.insert(topic);
    look_for_topics_at_ = steady_clock::now() + kLookForTopics;
  }
}

void KafkaConsumer::look_for_missing_topics() {
  if (missing_topics_.empty() || steady_clock::now() < look_for_topics_at_) return;
  const auto deadline = steady_clock::now() + kAskForTopics;
  std::set<std::string> found;
  for (const std::string& topic : missing_topics_) {
    const auto left = left_until(deadline);
    if (left.count() == 0) break;
    if (ask_for_topic(handle_, topic, left) == RD_KAFKA_RESP_ERR_NO_ERROR) found.insert(topic);
  }
  // librdkafka compares the subscription with a list of all topics, and not with the answer about one.
  const rd_kafka_metadata_t* all = nullptr;
  const auto timeout = static_cast<int>(kAskForTopics.count());
  if (!found.empty() && rd_kafka_metadata(handle_, 1, nullptr, &all, timeout) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    rd_kafka_metadata_destroy(all);
    for (const std::string& topic : found) {
      missing_topics_.erase(topic);
      spdlog::info("kafka: topic {} is there", topic);
    }
  }
  look_for_topics_at_ = steady_clock::now() + kLookForTopics;
}

void KafkaConsumer::handle_error(rd_kafka_resp_err_t error, const char* reason) {
  count_error(std::string(rd_kafka_err2name(error)) + ": " + reason);
  if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) all_brokers_away_ = true;
  if (refusal_.empty()) refusal_ = explain_refusal(error, reason).value_or("");
}

void KafkaConsumer::handle_rebalance(rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* list) {
  ++counters_.rebalances;
  if (closing_) {
    rd_kafka_assign(handle_, nullptr);
    return;
  }
  try {
    if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
      listener_.on_assigned(to_partitions(*list));
      return;
    }
    const bool lost = error != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS || rd_kafka_assignment_lost(handle_) != 0;
    (lost ? listener_.on_lost : listener_.on_revoked)(to_partitions(*list));
  } catch (...) {
    failure_ = std::current_exception();  // cannot pass through librdkafka's frames
  }
  rd_kafka_assign(handle_, nullptr);
}

void KafkaConsumer::handle_commit(rd_kafka_resp_err_t error, const rd_kafka_topic_partition_list_t* list) {
  --commits_under_way_;
  Offsets done;
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& partition = list->elems[i];
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = partition.err;
    if (partition.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      done[{partition.topic, PartitionId{partition.partition}}] = Offset{partition.offset};
    }
  }
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++counters_.commit_errors;
    const std::string text = std::string("commit failed: ") + rd_kafka_err2str(error);
    if (const auto held_back = log_limiter_.admit(text, steady_clock::now())) {
      spdlog::warn("kafka: {}", with_held_back(text, *held_back));
    }
    return;
  }
  ++counters_.commits;
  if (listener_.on_committed) listener_.on_committed(done);
  const std::lock_guard lock(committed_mutex_);
  for (const auto& [partition, offset] : done) committed_[partition] = offset;
}

void KafkaConsumer::count_error(const std::string& text) {
  ++counters_.errors;
  note_error(text);
  if (const auto held_back = log_limiter_.admit(kind_of_message(text), steady_clock::now())) {
    spdlog::warn("kafka: {}", with_held_back(text, *held_back));
  }
}

void KafkaConsumer::note_error(const std::string& text) {
  // Comes right behind the error that says why.
  constexpr std::string_view kNoBroker = "_ALL_BROKERS_DOWN";
  constexpr std::chrono::seconds kRightBehind{10};
  const auto now = steady_clock::now();
  const std::lock_guard lock(error_mutex_);
  if (text.starts_with(kNoBroker) && now - latest_error_at_ < kRightBehind) return;
  latest_error_ = text;
  latest_error_at_ = now;
}

std::string KafkaConsumer::latest_error(steady_clock::time_point after) const {
  const std::lock_guard lock(error_mutex_);
  return latest_error_at_ > after ? latest_error_ : std::string();
}

}  // namespace sluice::ingest
