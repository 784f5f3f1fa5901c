#include "ingest/kafka_topics.h"

#include <algorithm>
#include <array>
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

#if RD_KAFKA_VERSION >= 0x020300ff

std::string ask_for_topic_id(rd_kafka_t* handle, const std::string& topic,
                             std::chrono::milliseconds at_most) {
  using Names = std::unique_ptr<rd_kafka_TopicCollection_t, KafkaDeleter<rd_kafka_TopicCollection_destroy>>;
  using AdminOptions = std::unique_ptr<rd_kafka_AdminOptions_t, KafkaDeleter<rd_kafka_AdminOptions_destroy>>;
  using Event = std::unique_ptr<rd_kafka_event_t, KafkaDeleter<rd_kafka_event_destroy>>;
  const auto timeout = static_cast<int>(std::max<std::int64_t>(1, at_most.count()));
  const char* name = topic.c_str();
  const Names names(rd_kafka_TopicCollection_of_topic_names(&name, 1));
  const AdminOptions options(rd_kafka_AdminOptions_new(handle, RD_KAFKA_ADMIN_OP_DESCRIBETOPICS));
  std::array<char, 512> reason{};
  if (rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout, reason.data(), reason.size()) !=
      RD_KAFKA_RESP_ERR_NO_ERROR) {
    return {};
  }
  const KafkaQueue answers(rd_kafka_queue_new(handle));
  rd_kafka_DescribeTopics(handle, names.get(), options.get(), answers.get());
  const Event event(rd_kafka_queue_poll(answers.get(), timeout));
  if (!event || rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  const rd_kafka_DescribeTopics_result_t* const result = rd_kafka_event_DescribeTopics_result(event.get());
  if (result == nullptr) return {};
  std::size_t count = 0;
  const rd_kafka_TopicDescription_t** const topics = rd_kafka_DescribeTopics_result_topics(result, &count);
  if (count != 1 ||
      rd_kafka_error_code(rd_kafka_TopicDescription_error(topics[0])) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return {};
  }
  const rd_kafka_Uuid_t* const id = rd_kafka_TopicDescription_topic_id(topics[0]);
  const bool is_none =
      rd_kafka_Uuid_most_significant_bits(id) == 0 && rd_kafka_Uuid_least_significant_bits(id) == 0;
  return is_none ? std::string() : std::string(rd_kafka_Uuid_base64str(id));
}

#else

std::string ask_for_topic_id(rd_kafka_t*, const std::string&, std::chrono::milliseconds) {
  return {};
}

#endif

std::string topic_error_text(const std::string& topic, rd_kafka_resp_err_t error) {
  return "topic " + topic + ": " + rd_kafka_err2name(error) + ": " + rd_kafka_err2str(error);
}

}  // namespace sluice::ingest
