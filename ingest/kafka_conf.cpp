#include "ingest/kafka_conf.h"

#include <spdlog/spdlog.h>

#include <array>
#include <chrono>
#include <future>
#include <stdexcept>
#include <string>
#include <string_view>
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
  // What librdkafka was asked to tell by its property `debug` is told whole.
  if (severity == spdlog::level::debug) return spdlog::debug("kafka: {} {}", facility, text);
  static RepeatLimiter limiter;
  if (const auto held_back = limiter.admit(facility, RepeatLimiter::Clock::now())) {
    spdlog::log(severity, "kafka: {} {}", facility, with_held_back(text, *held_back));
  }
}

// librdkafka names the property and logs the cause (which file, and what is wrong with it): the first is
// kept.
void keep_first_error(const rd_kafka_t* handle, int level, const char*, const char* text) {
  constexpr int kError = 3;  // syslog's
  auto& kept = *static_cast<std::string*>(rd_kafka_opaque(handle));
  if (level > kError || !kept.empty()) return;
  const std::string_view line(text);
  constexpr std::string_view kThreadEnd = "]: ";  // "[thrd:app]: "
  const std::size_t thread = line.starts_with('[') ? line.find(kThreadEnd) : line.npos;
  kept = thread == line.npos ? line : line.substr(thread + kThreadEnd.size());
}

std::string without_secrets(std::string text, const KafkaProperties& properties) {
  for (const auto& [name, value] : properties) {
    if (value.empty() || !config::is_secret_property(name)) continue;
    for (std::size_t at = text.find(value); at != text.npos;
         at = text.find(value, at + config::kMask.size())) {
      text.replace(at, value.size(), config::kMask);
    }
  }
  return text;
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

std::optional<std::string> handle_refusal(rd_kafka_type_t type, KafkaProperties properties) {
  properties.erase("bootstrap.servers");
  std::string cause;
  try {
    KafkaConf conf = make_kafka_conf(properties);
    rd_kafka_conf_set_log_cb(conf.get(), &keep_first_error);
    rd_kafka_conf_set_opaque(conf.get(), &cause);
    std::array<char, 512> reason{};
    rd_kafka_t* const handle = rd_kafka_new(type, conf.get(), reason.data(), reason.size());
    if (handle != nullptr) {
      static_cast<void>(conf.release());
      rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);  // `cause` outlives its log lines
      return std::nullopt;
    }
    const std::string text = reason.data();
    return without_secrets(cause.empty() ? text : text + " (" + cause + ")", properties);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
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
