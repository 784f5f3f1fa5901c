#pragma once

#include <string>
#include <string_view>

// What must never be printed.
namespace sluice::config {

inline constexpr std::string_view kMask = "***";

// True for librdkafka properties whose value is a password, key or token.
[[nodiscard]] bool is_secret_property(std::string_view name);

// The URL with its password, if any, replaced by kMask. Works on malformed URLs too: whatever stands between
// the first colon after the scheme and the last @ counts as a password.
[[nodiscard]] std::string mask_url(std::string_view url);

}  // namespace sluice::config
