#pragma once

#include <librdkafka/rdkafka.h>

#include <optional>
#include <string>
#include <string_view>

namespace sluice::ingest {

// If an error told by librdkafka means that a broker does not let us in, or we do not trust it: why, in plain
// words and with the properties to look at. Nothing for all that may pass by waiting.
[[nodiscard]] std::optional<std::string> explain_refusal(rd_kafka_resp_err_t error, std::string_view reason);

}  // namespace sluice::ingest
