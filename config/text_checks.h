#pragma once

#include <string>
#include <string_view>

// Shapes of texts in the configuration. Each returns what the text must be, or empty if it is.
namespace sluice::config {

[[nodiscard]] std::string_view check_not_empty(const std::string& text);
[[nodiscard]] std::string_view check_instance(const std::string& text);
[[nodiscard]] std::string_view check_brokers(const std::string& text);
[[nodiscard]] std::string_view check_topic(const std::string& text);
[[nodiscard]] std::string_view check_topic_or_empty(const std::string& text);
[[nodiscard]] std::string_view check_start(const std::string& text);
[[nodiscard]] std::string_view check_redis_url(const std::string& text);
[[nodiscard]] std::string_view check_prefix(const std::string& text);
[[nodiscard]] std::string_view check_pointer(const std::string& text);
[[nodiscard]] std::string_view check_listen(const std::string& text);

}  // namespace sluice::config
