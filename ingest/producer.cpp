#include "ingest/producer.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "ingest/kafka_conf.h"
#include "ingest/kafka_topics.h"

namespace sluice::ingest {
namespace {

constexpr int kProducerPollMs = 20;

using KafkaHeaders = std::unique_ptr<rd_kafka_headers_t, KafkaDeleter<rd_kafka_headers_destroy>>;

KafkaHeaders to_headers(std::span<const HeaderView> headers) {
  KafkaHeaders list(rd_kafka_headers_new(headers.size()));
  for (const HeaderView& header : headers) {
    rd_kafka_header_add(list.get(), header.name.data(), static_cast<ssize_t>(header.name.size()),
                        header.value.data(), static_cast<ssize_t>(header.value.size()));
  }
  return list;
}

// librdkafka takes views as void pointers, also where it only reads them.
rd_kafka_vu_t bytes_argument(rd_kafka_vtype_t type, std::string_view bytes) {
  rd_kafka_vu_t argument{};
  argument.vtype = type;
  argument.u.mem.ptr = const_cast<char*>(bytes.data());
  argument.u.mem.size = bytes.size();
  return argument;
}

ProducerOptions with_defaults(ProducerOptions options) {
  // A topic refuses a whole batch that is longer than its longest record may be, and librdkafka's own batches
  // grow to a megabyte behind a backlog.
  options.properties.insert({{"enable.idempotence", "true"},
                             {"compression.codec", "lz4"},
                             {"linger.ms", "5"},
                             {"batch.size", "65536"}});
  options.properties.insert_or_assign("partitioner", "murmur2_random");
  options.properties.insert_or_assign("queue.buffering.max.messages",
                                      std::to_string(options.max_queued_records));
  options.properties.insert_or_assign("queue.buffering.max.kbytes", std::to_string(options.max_queued_kib));
  options.properties.insert_or_assign("message.timeout.ms", std::to_string(options.delivery_timeout.count()));
  return options;
}

}  // namespace

// librdkafka's C callbacks; the opaque pointer is the producer.
struct Producer::Callbacks {
  static void delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
    static_cast<Producer*>(self)->settle(*message);
  }
  static void error(rd_kafka_t*, int code, const char* reason, void* self) {
    const char* const name = rd_kafka_err2name(static_cast<rd_kafka_resp_err_t>(code));
    static_cast<Producer*>(self)->note_error(std::string(name) + ": " + reason);
  }
};

Producer::Producer(const ProducerOptions& options, OnDelivery on_delivery)
    : on_delivery_(std::move(on_delivery)) {
  KafkaConf conf = make_kafka_conf(with_defaults(options).properties);
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_dr_msg_cb(conf.get(), &Callbacks::delivered);
  rd_kafka_conf_set_error_cb(conf.get(), &Callbacks::error);
  handle_.reset(new_kafka_handle(RD_KAFKA_PRODUCER, std::move(conf)));
  poller_ = std::jthread([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) rd_kafka_poll(handle_.get(), kProducerPollMs);
  });
}

Producer::~Producer() {
  poller_.request_stop();
  poller_.join();
}

Producer::SendResult Producer::send(const OutgoingRecord& record) {
  const std::string topic(record.topic);
  std::array<rd_kafka_vu_t, 6> arguments{};
  arguments[0].vtype = RD_KAFKA_VTYPE_TOPIC;
  arguments[0].u.cstr = topic.c_str();
  arguments[1] = bytes_argument(RD_KAFKA_VTYPE_KEY, record.key);
  arguments[2] = bytes_argument(RD_KAFKA_VTYPE_VALUE, record.payload);
  arguments[3].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  arguments[3].u.i = RD_KAFKA_MSG_F_COPY;
  arguments[4].vtype = RD_KAFKA_VTYPE_OPAQUE;
  arguments[4].u.ptr = reinterpret_cast<void*>(record.tag);
  std::size_t count = 5;
  KafkaHeaders headers;
  if (!record.headers.empty()) {
    headers = to_headers(record.headers);
    arguments[count].vtype = RD_KAFKA_VTYPE_HEADERS;
    arguments[count].u.headers = headers.get();
    ++count;
  }
  // Counted first, because the delivery report may overtake the return; taken back if it was not queued.
  ++queued_;
  const KafkaError error(rd_kafka_produceva(handle_.get(), arguments.data(), count));
  if (!error) {
    static_cast<void>(headers.release());  // the record owns them now
    return SendResult::queued;
  }
  --queued_;
  if (rd_kafka_error_code(error.get()) == RD_KAFKA_RESP_ERR__QUEUE_FULL) return SendResult::full;
  note_error(std::string(rd_kafka_error_name(error.get())) + ": " + rd_kafka_error_string(error.get()));
  return SendResult::refused;
}

void Producer::wait_for_room(std::chrono::milliseconds at_most) {
  std::unique_lock lock(mutex_);
  const std::uint64_t before = settlements_;
  settled_.wait_for(lock, at_most, [&] { return settlements_ != before; });
}

bool Producer::flush(std::chrono::milliseconds at_most) {
  const auto limited = std::clamp<std::int64_t>(at_most.count(), 0, 1'000'000'000);
  rd_kafka_flush(handle_.get(), static_cast<int>(limited));
  return delivered_ + failed_ >= queued_;
}

void Producer::settle(const rd_kafka_message_t& message) {
  if (on_delivery_) {
    on_delivery_({message.err, PartitionId{message.partition}, Offset{message.offset},
                  message.len + message.key_len, &message,
                  reinterpret_cast<std::uintptr_t>(message._private)});
  }
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++delivered_;
  } else {
    ++failed_;
    note_error(std::string(rd_kafka_err2name(message.err)) + ": " + rd_kafka_err2str(message.err));
  }
  {
    const std::lock_guard lock(mutex_);
    ++settlements_;
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) trouble_.clear();
  }
  settled_.notify_all();
}

void Producer::note_error(std::string text) {
  const std::lock_guard lock(mutex_);
  trouble_ = text;
  last_error_ = std::move(text);
}

std::string Producer::last_error() const {
  const std::lock_guard lock(mutex_);
  return last_error_;
}

std::string Producer::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

std::string Producer::topic_trouble(const std::string& topic, std::chrono::milliseconds at_most) const {
  const auto answer = ask_for_topic(handle_.get(), topic, at_most);
  return !answer || *answer == RD_KAFKA_RESP_ERR_NO_ERROR ? std::string() : topic_error_text(topic, *answer);
}

std::string Producer::fatal_error() const {
  std::array<char, 512> text{};
  const auto code = rd_kafka_fatal_error(handle_.get(), text.data(), text.size());
  return code == RD_KAFKA_RESP_ERR_NO_ERROR ? "" : std::string(rd_kafka_err2name(code)) + ": " + text.data();
}

}  // namespace sluice::ingest
