#pragma once

#include <string>

#include "config/options.h"

namespace sluice::config {

// All options as JSON of two-space indent, secrets masked: passwords, the password in redis.url, and the
// values of kafka.properties that are passwords, keys or tokens.
[[nodiscard]] std::string dump(const Options& options);

// The text of config/sluice.json: every option with its default, its description and its bounds as comments.
// It loads as it is.
[[nodiscard]] std::string default_file();

}  // namespace sluice::config
