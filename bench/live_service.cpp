#include "bench/live_service.h"

#include <array>
#include <charconv>
#include <cstdlib>
#include <stdexcept>

#include "bench/measure.h"
#include "ingest/kafka_conf.h"
#include "ingest/kafka_properties.h"
#include "sink/redis_connection.h"

namespace sluice::bench {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr const char* kTopic = "events";
constexpr milliseconds kTurn{5};

config::KafkaOptions kafka_options(const std::string& brokers) {
  config::KafkaOptions options;
  options.brokers = brokers;
  options.topics = {kTopic};
  options.group = "sluice-bench";
  options.properties = {
      {"fetch.wait.max.ms", "10"}};  // the mock cluster always waits that long on sparse traffic
  return options;
}

std::filesystem::path put_world(const Shape& shape, const Settings& settings) {
  static_cast<void>(make_world(shape, settings));  // it stands in the run's folder now
  const auto folder = settings.folder / "service";
  const std::string instance = default_options().instance;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder / instance);
  const std::string name = sink::snapshot_file_name(Epoch{1});
  std::filesystem::create_hard_link(world_folder(shape, settings) / name, folder / instance / name);
  return folder;
}

// The mock cluster keeps the last 5 MiB of a partition and for each fetch walks through all batches of it:
// with many small ones that takes a third of a core. So batches are large.
ingest::KafkaProperties feeder_properties(const std::string& brokers) {
  auto properties = ingest::producer_properties(kafka_options(brokers));
  properties.insert_or_assign("linger.ms", "20");
  properties.insert_or_assign("compression.codec", "none");
  return properties;
}

}  // namespace

Feeder::Feeder(const std::string& brokers, const Shape& shape, double events_per_second)
    : events_per_second_(events_per_second),
      draws_(shape, 9, world_end()),
      producer_({.properties = feeder_properties(brokers)},
                [this](const ingest::Delivery& delivery) { window_.on_delivery(delivery); }),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void Feeder::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  static_cast<void>(producer_.flush(10s));
}

void Feeder::run(const std::stop_token& stop) {
  constexpr std::uint64_t kAtOnce = 32;
  const double start = wall_seconds();
  for (std::uint64_t sent = 0; !stop.stop_requested();) {
    const bool early =
        events_per_second_ > 0 && static_cast<double>(sent) > (wall_seconds() - start) * events_per_second_;
    if (early || !window_.open()) {
      std::this_thread::sleep_for(early ? 1ms : 200us);
      continue;
    }
    for (std::uint64_t k = 0; k < kAtOnce; ++k) {
      if (!send(draws_.next())) {
        failed_ = true;
        return;
      }
    }
    sent += kAtOnce;
  }
}

bool Feeder::send(const DrawnEvent& event) {
  std::array<char, 24> time{};
  const auto end = std::to_chars(time.data(), time.data() + time.size(), to_unix_ms(event.time)).ptr;
  user_ = user_name(event.user);
  payload_.assign(R"({"user":")").append(user_).append(R"(","item":")").append(item_name(event.item));
  payload_.append(R"(","type":"view","value":1.0,"timestamp":)").append(time.data(), end).append("}");
  window_.on_send(user_.size() + payload_.size());
  while (true) {
    switch (producer_.send({kTopic, user_, payload_, {}})) {
      case ingest::Producer::SendResult::queued:
        return true;
      case ingest::Producer::SendResult::full:
        producer_.wait_for_room(10ms);
        break;
      case ingest::Producer::SendResult::refused:
        return false;
    }
  }
}

LiveService::LiveService(const Shape& shape, const Settings& settings, std::uint32_t shards,
                         const config::PublishOptions& publish)
    : shape_(shape), folder_(put_world(shape, settings)) {
  auto redis = sink::RedisProcess::start();
  if (!redis.ok()) throw std::runtime_error(redis.error());
  redis_ = std::move(redis.value());
  cluster_.create_topic(kTopic, kPartitions);
  config::Options options = default_options();
  options.shards = shards;
  options.kafka = kafka_options(cluster_.bootstrap_servers());
  options.redis.url = redis_->url();
  options.snapshot.folder = folder_.string();
  options.publish = publish;
  service_ = std::make_unique<pipeline::Service>(options, "bench");
  running_ = std::thread([this] { static_cast<void>(service_->run()); });
  const double deadline = wall_seconds() + 120;
  while (service_->applied().size() < kPartitions && wall_seconds() < deadline)
    std::this_thread::sleep_for(kTurn);
}

LiveService::~LiveService() {
  feeder_.reset();
  service_->request_stop();
  running_.join();
  service_.reset();  // a snapshot may still be under way
  std::filesystem::remove_all(folder_);
}

void LiveService::feed(double events_per_second) {
  feeder_ = std::make_unique<Feeder>(cluster_.bootstrap_servers(), shape_, events_per_second);
  const double deadline = wall_seconds() + 60;
  while (events() == 0 && wall_seconds() < deadline) watch_for(kTurn);
}

void LiveService::watch_for(milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
    for (const auto& [partition, next] : service_->applied()) feeder_->applied(partition.partition, next);
    if (const std::string error = feeder_->error(); !error.empty()) throw std::runtime_error(error);
    std::this_thread::sleep_for(kTurn);
  }
}

std::uint64_t LiveService::events() const {
  std::uint64_t sum = 0;
  for (const auto& [partition, next] : service_->applied()) sum += static_cast<std::uint64_t>(next);
  return sum;
}

double LiveService::status(const std::string& field) const {
  const sink::StatusFields fields = service_->status();
  const auto found = fields.find(field);
  return found == fields.end() ? 0 : std::strtod(found->second.c_str(), nullptr);
}

std::uint64_t LiveService::lag() const {
  std::uint64_t sum = 0;
  for (const auto& [field, value] : service_->status()) {
    if (field.starts_with("lag.")) sum += std::strtoull(value.c_str(), nullptr, 10);
  }
  return sum;
}

double LiveService::redis_bytes() const {
  config::RedisOptions options;
  options.url = redis_->url();
  const auto connection = sink::RedisConnection::connect(options);
  if (!connection.ok()) throw std::runtime_error("Redis does not answer");
  const auto reply = connection.value()->run({"INFO", "memory"});
  constexpr std::string_view kField = "used_memory_dataset:";
  const std::string info(reply.ok() ? reply.value().view().text() : "");
  const std::size_t at = info.find(kField);
  if (at == info.npos) throw std::runtime_error("Redis does not tell its memory");
  return std::strtod(info.c_str() + at + kField.size(), nullptr);
}

double bare_consume(const Shape& shape, milliseconds time) {
  ingest::MockCluster cluster;
  cluster.create_topic(kTopic, kPartitions);
  const auto options = kafka_options(cluster.bootstrap_servers());
  rd_kafka_t* const consumer = ingest::new_kafka_handle(
      RD_KAFKA_CONSUMER, ingest::make_kafka_conf(ingest::consumer_properties(options, "bare")));
  rd_kafka_poll_set_consumer(consumer);
  {
    const ingest::KafkaPartitionList list(rd_kafka_topic_partition_list_new(kPartitions));
    for (int p = 0; p < kPartitions; ++p)
      rd_kafka_topic_partition_list_add(list.get(), kTopic, p)->offset = 0;
    rd_kafka_assign(consumer, list.get());
  }
  std::uint64_t events = 0;
  double rate = 0;
  {
    const ingest::KafkaQueue queue(rd_kafka_queue_get_consumer(consumer));
    Feeder feeder(cluster.bootstrap_servers(), shape, 0);
    std::array<rd_kafka_message_t*, 512> messages{};
    const double start = wall_seconds();
    const double end = start + std::chrono::duration<double>(time).count();
    std::array<std::int64_t, kPartitions> next{};
    while (wall_seconds() < end) {
      const auto count = rd_kafka_consume_batch_queue(queue.get(), 5, messages.data(), messages.size());
      for (ssize_t k = 0; k < count; ++k) {
        rd_kafka_message_t* const message = messages[static_cast<std::size_t>(k)];
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
          ++events;
          next[static_cast<std::size_t>(message->partition)] = message->offset + 1;
        }
        rd_kafka_message_destroy(message);
      }
      for (int p = 0; p < kPartitions; ++p)
        feeder.applied(PartitionId{p}, Offset{next[static_cast<std::size_t>(p)]});
    }
    rate = static_cast<double>(events) / (wall_seconds() - start);
  }
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
  return rate;
}

}  // namespace sluice::bench
