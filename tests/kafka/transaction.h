#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "ingest/kafka_conf.h"

namespace sluice::tests {

// Sends records to a topic within transactions.
class TransactionalSender {
 public:
  TransactionalSender(const std::string& brokers, std::string topic)
      : topic_(std::move(topic)),
        handle_(ingest::new_kafka_handle(RD_KAFKA_PRODUCER,
                                         ingest::make_kafka_conf({{"bootstrap.servers", brokers},
                                                                  {"transactional.id", "sluice-test"},
                                                                  {"partitioner", "murmur2_random"}}))) {
    check(rd_kafka_init_transactions(handle_.get(), kPatienceMs));
  }

  using KeyAndValue = std::pair<std::string, std::string>;
  enum class End : bool { commit, abort };
  void send(const std::vector<KeyAndValue>& records, End end) {
    check(rd_kafka_begin_transaction(handle_.get()));
    for (const auto& [key, value] : records) {
      const auto error =
          rd_kafka_producev(handle_.get(), RD_KAFKA_V_TOPIC(topic_.c_str()),
                            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key.data(), key.size()),
                            RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()), RD_KAFKA_V_END);
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(error));
    }
    rd_kafka_flush(handle_.get(), kPatienceMs);
    check(end == End::commit ? rd_kafka_commit_transaction(handle_.get(), kPatienceMs)
                             : rd_kafka_abort_transaction(handle_.get(), kPatienceMs));
  }

 private:
  static constexpr int kPatienceMs = 30'000;

  static void check(rd_kafka_error_t* failed) {
    const ingest::KafkaError error(failed);
    if (error) throw std::runtime_error(rd_kafka_error_string(error.get()));
  }

  std::string topic_;
  std::unique_ptr<rd_kafka_t, ingest::KafkaDeleter<rd_kafka_destroy>> handle_;
};

}  // namespace sluice::tests
