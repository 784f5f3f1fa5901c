#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/options.h"
#include "ingest/kafka_watch.h"
#include "pipeline/link_log.h"
#include "sink/redis_link.h"

namespace sluice::pipeline {

// Redis as it is for the whole process: as the writer of lists finds it, or, while all is well there, as the
// writer of the status does, which may lack other rights.
[[nodiscard]] sink::RedisLink::Now worse_of(const sink::RedisLink::Now& lists,
                                            const sink::RedisLink::Now& status);

// What the log says about Kafka and Redis: each change of state is one line with the reason and what the
// operator can do. One thread.
class LinkReport {
 public:
  LinkReport(const config::KafkaOptions& kafka, const config::RedisOptions& redis);

  // The lines to write now. `function_refusal`: why Redis does not take the function library, or empty;
  // `data_losses`: how often it came back without its data.
  [[nodiscard]] std::vector<LinkLog::Line> look(const ingest::KafkaWatch::State& kafka,
                                                const sink::RedisLink::Now& redis,
                                                const std::string& function_refusal,
                                                std::uint64_t data_losses, LinkLog::Clock::time_point now);

 private:
  const std::string brokers_;
  const std::string redis_address_;
  LinkLog kafka_{"Kafka"};
  LinkLog topics_{"Every topic of kafka.topics"};
  bool topics_were_bad_ = false;
  LinkLog redis_{"Redis"};
  LinkLog functions_{"Redis's function library"};
  RepeatLimiter loss_limiter_;
  std::uint64_t data_losses_ = 0;
};

}  // namespace sluice::pipeline
