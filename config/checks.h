#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"

namespace sluice::config {

// True if this option had no problem of its own: a pair is only judged if both of it are sound.
using Sound = std::function<bool(std::string_view path)>;

// Options that are fine one by one and contradict each other.
[[nodiscard]] std::vector<Problem> check_together(const Options& options, const Sound& sound);

// What has no default and is not given.
[[nodiscard]] std::vector<Problem> check_required(Options& options, const Sound& sound);

// What is allowed and probably not meant.
[[nodiscard]] std::vector<std::string> notes_on(const Options& options);

}  // namespace sluice::config
