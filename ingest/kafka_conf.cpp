#include "ingest/kafka_conf.h"

#include <spdlog/spdlog.h>

#include <array>
#include <stdexcept>

namespace sluice::ingest {
namespace {

void log_line(const rd_kafka_t*, int level, const char* facility, const char* text) {
  constexpr int kWarning = 4;  // syslog's
  constexpr int kInfo = 6;
  spdlog::level::level_enum severity = spdlog::level::debug;
  if (level <= kInfo) severity = spdlog::level::info;
  if (level <= kWarning) severity = spdlog::level::warn;
  spdlog::log(severity, "kafka: {} {}", facility, text);
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
                               (is_secret_kafka_property(name) ? "" : ": " + std::string(reason.data())));
    }
  }
  return conf;
}

}  // namespace sluice::ingest
