#include "ingest/topic_follower.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "ingest/kafka_conf.h"

namespace sluice::ingest {
namespace {

using std::chrono::milliseconds;

constexpr int kMetadataTimeoutMs = 500;
constexpr int kFollowerPollMs = 100;
// How soon partitions are looked for again: while there are none, and then for those that are added.
constexpr milliseconds kSoon{500};
constexpr milliseconds kNowAndThen{10'000};

}  // namespace

// librdkafka's C callback; the opaque pointer is the follower.
struct TopicFollower::Callbacks {
  static void error(rd_kafka_t*, int code, const char* reason, void* self) {
    const char* name = rd_kafka_err2name(static_cast<rd_kafka_resp_err_t>(code));
    static_cast<TopicFollower*>(self)->count_error(std::string(name) + ": " + reason);
  }
};

TopicFollower::TopicFollower(const config::KafkaOptions& options, const std::string& instance,
                             std::string topic, Listener listener)
    : name_(std::move(topic)), listener_(std::move(listener)) {
  KafkaConf conf = make_kafka_conf(follower_properties(options, instance));
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_error_cb(conf.get(), &Callbacks::error);
  handle_ = new_kafka_handle(RD_KAFKA_CONSUMER, std::move(conf));
  topic_.reset(rd_kafka_topic_new(handle_, name_.c_str(), nullptr));
  queue_.reset(rd_kafka_queue_new(handle_));
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

TopicFollower::~TopicFollower() {
  thread_.request_stop();
  thread_.join();
  for (const std::int32_t partition : reading_) rd_kafka_consume_stop(topic_.get(), partition);
  queue_.reset();
  topic_.reset();
  destroy_kafka_handle(std::exchange(handle_, nullptr), 0);
}

void TopicFollower::run(const std::stop_token& stop) {
  Clock::time_point look_at = Clock::now();
  while (!stop.stop_requested()) {
    if (Clock::now() >= look_at) {
      look_at = Clock::now() + (find_partitions() && !reading_.empty() ? kNowAndThen : kSoon);
    }
    rd_kafka_poll(handle_, 0);
    rd_kafka_message_t* const message = rd_kafka_consume_queue(queue_.get(), kFollowerPollMs);
    if (message == nullptr) continue;
    take(*message);
    rd_kafka_message_destroy(message);
  }
}

bool TopicFollower::find_partitions() {
  const rd_kafka_metadata_t* found = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(handle_, 0, topic_.get(), &found, kMetadataTimeoutMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    count_error(name_ + ": " + rd_kafka_err2str(error));
    return false;
  }
  const std::unique_ptr<const rd_kafka_metadata_t, KafkaDeleter<rd_kafka_metadata_destroy>> owned(found);
  for (int t = 0; t < found->topic_cnt; ++t) {
    const rd_kafka_metadata_topic_t& topic = found->topics[t];
    if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      count_error(name_ + ": " + rd_kafka_err2str(topic.err));
      return false;
    }
    for (int p = 0; p < topic.partition_cnt; ++p) {
      const std::int32_t partition = topic.partitions[p].id;
      if (reading_.contains(partition)) continue;
      if (rd_kafka_consume_start_queue(topic_.get(), partition, RD_KAFKA_OFFSET_BEGINNING, queue_.get()) !=
          0) {
        count_error(name_ + ": " + rd_kafka_err2str(rd_kafka_last_error()));
        return false;
      }
      reading_.insert(partition);
      if (!caught_up_) behind_.insert(partition);
    }
  }
  return true;
}

void TopicFollower::take(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    listener_.on_record(to_record(message));
    return;
  }
  if (message.err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    count_error(name_ + ": " + rd_kafka_err2str(message.err));
    return;
  }
  behind_.erase(message.partition);
  if (caught_up_ || !behind_.empty()) return;
  caught_up_ = true;
  listener_.on_caught_up();
}

void TopicFollower::count_error(const std::string& text) {
  ++errors_;
  if (const auto held_back = log_limiter_.admit(kind_of_message(text), Clock::now())) {
    spdlog::warn("kafka: {}", with_held_back(text, *held_back));
  }
}

}  // namespace sluice::ingest
