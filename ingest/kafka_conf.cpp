#include "ingest/kafka_conf.h"

#include <spdlog/spdlog.h>

#include <array>
#include <chrono>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "common/repeat_limiter.h"
#include "config/secrets.h"

namespace sluice::ingest {
namespace {

void log_line(const rd_kafka_t*, int level, const char* facility, const char* text) {
  constexpr int kWarning = 4;  // syslog's
  constexpr int kInfo = 6;
  spdlog::level::level_enum severity = spdlog::level::debug;
  if (level <= kInfo) severity = spdlog::level::info;
  if (level <= kWarning) severity = spdlog::level::warn;
  if (severity != spdlog::level::warn) return spdlog::log(severity, "kafka: {} {}", facility, text);
  static RepeatLimiter limiter;
  if (const auto held_back = limiter.admit(facility, RepeatLimiter::Clock::now())) {
    spdlog::warn("kafka: {} {}", facility, with_held_back(text, *held_back));
  }
}

}  // namespace

KafkaConf make_kafka_conf(const KafkaProperties& properties) {
  KafkaConf conf(rd_kafka_conf_new());
  rd_kafka_conf_set_log_cb(conf.get(), &log_line);
  for (const auto& [name, value] : properties) {
    std::array<char, 512> reason{};
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), reason.data(), reason.size()) !=
        RD_KAFKA_CONF_OK) {
      throw std::runtime_error("librdkafka refuses the property " + name +
                               (config::is_secret_property(name) ? "" : ": " + std::string(reason.data())));
    }
  }
  return conf;
}

rd_kafka_t* new_kafka_handle(rd_kafka_type_t type, KafkaConf conf) {
  std::array<char, 512> reason{};
  rd_kafka_t* const handle = rd_kafka_new(type, conf.get(), reason.data(), reason.size());
  if (handle == nullptr) throw std::runtime_error("kafka: " + std::string(reason.data()));
  static_cast<void>(conf.release());  // the handle owns it now
  return handle;
}

void destroy_kafka_handle(rd_kafka_t* handle, int flags) {
  constexpr std::chrono::milliseconds kPatience{1000};
  std::promise<void> promise;
  const std::future<void> destroyed = promise.get_future();
  std::thread([handle, flags, done = std::move(promise)]() mutable {
    rd_kafka_destroy_flags(handle, flags);
    done.set_value();
  }).detach();
  if (destroyed.wait_for(kPatience) != std::future_status::ready) {
    spdlog::warn("kafka: the connections do not close; they are left behind");
  }
}

}  // namespace sluice::ingest
