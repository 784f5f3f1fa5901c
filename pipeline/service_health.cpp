// What the service says about itself: by HTTP, and in the log about Kafka and Redis.
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "pipeline/metrics_text.h"
#include "pipeline/service.h"
#include "sink/instance_health.h"

namespace sluice::pipeline {
namespace {

using std::chrono::milliseconds;

// A control thread that takes longer for one turn hangs: nothing it does may take so long.
constexpr milliseconds kLongestTurn{120'000};

milliseconds steady_now_ms() {
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

bool Service::serve_http() {
  if (options_.http.listen.empty()) return true;
  auto server = sink::HttpServer::start(
      options_.http.listen, {[this] { return metrics_text(status()); }, [this] { return health(); },
                             [this] { return readiness(); }, [this] { return status_text(); }});
  if (!server.ok()) {
    stop_because({StopCause::Kind::environment, "http.listen: " + server.error()});
    return false;
  }
  http_ = std::move(server.value());
  return true;
}

sink::StatusFields Service::status() const {
  const std::lock_guard lock(status_mutex_);
  return status_;
}

sink::StatusFields Service::status_now() const {
  sink::StatusFields fields = status();
  fields["instance"] = options_.instance;
  fields["state"] = to_string(state_.load());
  return fields;
}

std::string Service::status_text() const {
  return nlohmann::json(status_now()).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void Service::show_life() {
  control_turn_at_ms_ = steady_now_ms().count();
}

sink::HttpHandlers::Health Service::health() const {
  const ServiceState state = state_;
  const bool turns = state == ServiceState::running || state == ServiceState::rebalancing;
  if (turns && steady_now_ms() - milliseconds{control_turn_at_ms_.load()} > kLongestTurn) {
    return {false, "the control thread is stuck"};
  }
  return {true, "ok"};
}

sink::HttpHandlers::Health Service::readiness() const {
  std::string text;
  for (const std::string& reason : sink::reasons_not_ready(status_now())) {
    text += (text.empty() ? "" : "; ") + reason;
  }
  return text.empty() ? sink::HttpHandlers::Health{true, "ok"} : sink::HttpHandlers::Health{false, text};
}

void Service::tell_links() {
  if (state_ == ServiceState::stopping) return;  // connections are closed by ourselves then
  const sink::PublishCounters lists = publisher_->counters();
  const auto redis = worse_of(lists.link, status_publisher_->counters().link);
  for (const LinkLog::Line& line : links_.look(kafka_watch_->state(), redis, lists.function_refusal,
                                               lists.data_losses, LinkLog::Clock::now())) {
    spdlog::log(line.good ? spdlog::level::info : spdlog::level::warn, "{}", line.text);
  }
}

}  // namespace sluice::pipeline
