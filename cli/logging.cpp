#include "cli/logging.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "cli/line_writer.h"
#include "cli/output.h"
#include "cli/text.h"

namespace sluice::cli {
namespace {

std::string_view colour_of(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::info:
      return "\033[32m";
    case spdlog::level::warn:
      return "\033[33m\033[1m";
    case spdlog::level::err:
    case spdlog::level::critical:
      return "\033[31m\033[1m";
    default:
      return "\033[36m";
  }
}

class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string text = without_controls({message.payload.data(), message.payload.size()});
    spdlog::details::log_msg plain = message;
    plain.payload = spdlog::string_view_t(text.data(), text.size());
    spdlog::memory_buf_t formatted;
    formatter_->format(plain, formatted);
    std::string line(formatted.data(), formatted.size());
    if (in_colour_ && plain.color_range_end > plain.color_range_start) {
      line.insert(plain.color_range_end, "\033[m");
      line.insert(plain.color_range_start, colour_of(message.level));
    }
    writer_.write(std::move(line));
  }
  void flush_() override {}

  const bool in_colour_ = is_terminal(stderr);
  LineWriter writer_{STDERR_FILENO};
};

}  // namespace

void log_to_stderr(const std::string& level) {
  auto logger = std::make_shared<spdlog::logger>("sluice", std::make_shared<StderrSink>());
  logger->set_level(spdlog::level::from_str(level));
  logger->set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v",
                                                                    spdlog::pattern_time_type::utc));
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace sluice::cli
