#include "ingest/kafka_topics.h"

#include <algorithm>
#include <memory>

#include "ingest/kafka_handles.h"

namespace sluice::ingest {

bool is_missing_topic(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
         error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
}

std::optional<rd_kafka_resp_err_t> ask_for_topic(rd_kafka_t* handle, const std::string& topic,
                                                 std::chrono::milliseconds at_most) {
  using Topic = std::unique_ptr<rd_kafka_topic_t, KafkaDeleter<rd_kafka_topic_destroy>>;
  using Metadata = std::unique_ptr<const rd_kafka_metadata_t, KafkaDeleter<rd_kafka_metadata_destroy>>;
  const Topic asked(rd_kafka_topic_new(handle, topic.c_str(), nullptr));
  if (!asked) return std::nullopt;
  const rd_kafka_metadata_t* found = nullptr;
  const auto timeout = static_cast<int>(std::max<std::int64_t>(0, at_most.count()));
  if (rd_kafka_metadata(handle, 0, asked.get(), &found, timeout) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::nullopt;
  }
  const Metadata owned(found);
  return found->topic_cnt > 0 ? found->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
}

std::string topic_error_text(const std::string& topic, rd_kafka_resp_err_t error) {
  return "topic " + topic + ": " + rd_kafka_err2name(error) + ": " + rd_kafka_err2str(error);
}

}  // namespace sluice::ingest
