#include "cli/logging.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <utility>

#include "cli/output.h"

namespace sluice::cli {

void log_to_stderr(const std::string& level) {
  spdlog::sink_ptr sink;
  if (is_terminal(stderr)) {
    sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  } else {
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  }
  auto logger = std::make_shared<spdlog::logger>("sluice", std::move(sink));
  logger->set_level(spdlog::level::from_str(level));
  logger->set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v",
                                                                    spdlog::pattern_time_type::utc));
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace sluice::cli
