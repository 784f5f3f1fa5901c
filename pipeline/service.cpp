#include "pipeline/service.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "common/clock.h"
#include "common/json.h"
#include "config/memory_plan.h"

namespace sluice::pipeline {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kServe{20};
// The part of limits.shutdown in which everything open is closed at last.
constexpr int kClosingPart = 4;

}  // namespace

Service::Service(const config::Options& options, std::string version)
    : options_(config::with_planned_queues(options, config::shard_count(options))),
      version_(std::move(version)),
      shard_count_(static_cast<int>(config::shard_count(options))),
      started_at_ms_(to_unix_ms(wall_now())),
      files_(sink::real_file_system()),
      guard_(options.events.max_bad_share),
      hidden_(shard_count_),
      short_lists_(shard_count_),
      model_(options, shard_count_),
      links_(options_.kafka, options_.redis) {}

Service::~Service() = default;

StopCause Service::run() {
  if (lock_folder() && serve_http() && restore()) {
    start();
    while (!stop_wanted_) control_turn();
    shut_down();
  }
  const std::lock_guard lock(cause_mutex_);
  return cause_.value_or(StopCause{});
}

bool Service::lock_folder() {
  const std::filesystem::path folder = std::filesystem::path(options_.snapshot.folder) / options_.instance;
  folder_lock_ = sink::SnapshotLock::acquire(folder);
  if (folder_lock_) return true;
  if (errno == EWOULDBLOCK) {
    stop_because({StopCause::Kind::refused,
                  folder.string() +
                      " is in use by another process: two instances of one name would overwrite "
                      "each other's snapshots"});
  } else {
    stop_because({StopCause::Kind::environment,
                  "cannot lock " + folder.string() + ": " + std::system_category().message(errno)});
  }
  return false;
}

bool Service::restore() {
  shelf_ = std::make_unique<SnapshotShelf>(files_, options_.snapshot.folder, options_.instance);
  shelf_->scan();
  const sink::Snapshot* const snapshot = shelf_->own();
  if (snapshot == nullptr) return true;
  const auto items = snapshot->sections.find("items");
  ByteReader reader(items == snapshot->sections.end() ? std::span<const std::byte>{} : items->second);
  if (!model_.load_items(reader)) {
    const std::size_t rows = model_.rows_without_room();
    stop_because(
        {StopCause::Kind::refused,
         rows > 0 ? "the newest snapshot has " + std::to_string(rows) +
                        " rows of items, and there is room for " + std::to_string(model_.item_room()) +
                        ": limits.max_items, or limits.max_bytes, is lower than when it was taken. Raise it"
                  : "the newest snapshot is whole, but its items are not of a version that this program "
                    "reads"});
    return false;
  }
  read_meta(*snapshot);
  restored_at_ms_ = to_unix_ms(wall_now());
  spdlog::info("restored items of epoch {}", static_cast<std::uint64_t>(snapshot->epoch));
  shelf_->forget();
  return true;
}

void Service::read_meta(const sink::Snapshot& snapshot) {
  const auto section = snapshot.sections.find("meta");
  if (section == snapshot.sections.end()) return;
  const auto* const text = reinterpret_cast<const char*>(section->second.data());
  const auto meta = nlohmann::json::parse(text, text + section->second.size(), nullptr, false);
  if (!meta.is_object()) return;
  carried_.events = meta.value("events", std::uint64_t{0});
  carried_.filtered = meta.value("filtered", std::uint64_t{0});
  carried_.dead = meta.value("dead", std::map<std::string, std::uint64_t>{});
  if (meta.value("users_may_move", false)) {
    model_.expect_moves_since(from_unix_ms(meta.value("users_may_move_since_ms", std::int64_t{0})));
  }
  auto hidden = meta.value("hidden", std::vector<std::string>{});
  const auto in_lists = meta.value("hidden_in_lists", std::vector<std::string>{});
  std::erase_if(hidden, [&](const std::string& item) { return std::ranges::count(in_lists, item) > 0; });
  hidden_.restore(hidden, in_lists);
}

void Service::describe(sink::Snapshot& snapshot) const {
  const CarriedCounts total = total_counts(carried_, shards_);
  const std::string text = nlohmann::json{
      {"events", total.events},
      {"filtered", total.filtered},
      {"dead", total.dead},
      {"hidden", hidden_.items()},
      {"hidden_in_lists", hidden_.unsettled()},
      {"logs", marks_.to_json(options_.kafka.group)},
      {"users_may_move", model_.expects_moves()},
      {"users_may_move_since_ms", to_unix_ms(model_.moves_since().value_or(Timestamp{}))},
      {"program", version_}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const auto meta = std::as_bytes(std::span(text));
  snapshot.sections["meta"].assign(meta.begin(), meta.end());
  for (const auto& [partition, count] : marks_.logs_before()) {
    snapshot.sections[sink::logs_section(partition, count)];
  }
}

void Service::start() {
  connect();
  start_shards();
  if (!options_.kafka.control_topic.empty()) {
    controls_ = std::make_unique<ControlFeed>(options_, hidden_, *publisher_);
  }
  kafka_watch_ = std::make_unique<ingest::KafkaWatch>(*consumer_);
  report_ = std::make_unique<StatusReport>(
      StatusSources{options_, version_, started_at_ms_, restored_at_ms_, state_, carried_, shards_,
                    *coordinator_, board_, *consumer_, *kafka_watch_, *checkpointer_, *shelf_, *rebalancer_,
                    *publisher_, *status_publisher_, controls_.get(), freshness_});
  reporter_ = std::jthread([this](const std::stop_token& stop) { report_until(stop); });
  consumer_->subscribe();
}

void Service::connect() {
  dead_letters_ = ingest::make_dead_letter_sink(options_);
  publisher_ = std::make_unique<sink::ListPublisher>(
      options_.redis, options_.publish,
      sink::ListPublisher::Callbacks{
          [this](const sink::List& list, std::chrono::system_clock::time_point replied) {
            if (list.record_time == Timestamp{}) return;
            freshness_.record(std::chrono::duration_cast<milliseconds>(replied - list.record_time));
          },
          [this] { ++data_losses_; },
          [this](const sink::LeaveOut& leave_out) { short_lists_.add(leave_out); },
          [this](const sink::ListLook& missing) { short_lists_.add(missing); }});
  status_publisher_ =
      std::make_unique<sink::StatusPublisher>(options_.redis, options_.publish, options_.instance);
  for (const std::string& item : hidden_.items()) publisher_->set_hidden(item, true);
  consumer_ = std::make_unique<ingest::KafkaConsumer>(
      options_.kafka, options_.instance, shard_count_,
      ingest::KafkaConsumer::Listener{
          [this](const auto& partitions) { rebalancer_->on_assigned(partitions); },
          [this](const auto& partitions) { rebalancer_->on_revoked(partitions); },
          [this](const auto& partitions) { rebalancer_->on_lost(partitions); },
          [this](const ingest::Offsets& offsets) { marks_.note_committed(offsets); }});
  coordinator_ = std::make_unique<EpochCoordinator>(
      options_, model_, *publisher_, *dead_letters_, board_,
      [this] {
        for (int shard = 0; shard < shard_count_; ++shard) consumer_->wake(shard);
      },
      [this](sink::Snapshot& snapshot) { describe(snapshot); });
  checkpointer_ = std::make_unique<Checkpointer>(
      files_, std::filesystem::path(options_.snapshot.folder) / options_.instance, options_.snapshot.keep,
      *dead_letters_);
  checkpoints_ = std::make_unique<CheckpointControl>(options_, *consumer_, *coordinator_, *checkpointer_,
                                                     board_, marks_);
  rebalancer_ = std::make_unique<Rebalancer>(
      options_, *consumer_, *coordinator_, *checkpoints_, *publisher_, *shelf_, board_, marks_, stop_wanted_,
      [this] { show_life(); }, [this](StopCause cause) { stop_because(std::move(cause)); });
}

void Service::start_shards() {
  const ShardEnvironment environment{
      options_,
      model_,
      *consumer_,
      *publisher_,
      *dead_letters_,
      hidden_,
      short_lists_,
      *coordinator_,
      board_,
      guard_,
      data_losses_,
      [this](const TopicPartition& partition) {
        const std::lock_guard lock(lost_mutex_);
        lost_offsets_.push_back(partition);
      },
      [this] {
        stop_because(
            {StopCause::Kind::nearly_all_bad,
             "nearly all of the last records are bad (events.max_bad_share): is the mapping in `events` "
             "right? See the dead letters' reasons"});
      }};
  for (int shard = 0; shard < shard_count_; ++shard) {
    shards_.push_back(std::make_unique<ShardWorker>(environment, shard));
  }
  for (const std::string& item : hidden_.items()) {
    for (int shard = 0; shard < shard_count_; ++shard) model_.shard(shard).set_hidden(item, true);
  }
  coordinator_->refresh_common();
  shards_running_ = shard_count_;
  for (const auto& shard : shards_) {
    shard_threads_.emplace_back([this, worker = shard.get()] {
      worker->run();
      --shards_running_;
    });
  }
}

void Service::control_turn() {
  show_life();
  consumer_->serve(kServe);
  handle_lost_offsets();
  checkpoints_->tick();
  watch_for_trouble();
  if (rebalancer_->ever_assigned()) {
    state_ = rebalancer_->is_member() ? ServiceState::running : ServiceState::rebalancing;
  }
}

void Service::watch_for_trouble() {
  if (std::string why = coordinator_->failure(); !why.empty()) {
    stop_because({StopCause::Kind::internal, std::move(why)});
  }
  if (std::string why = consumer_->fatal_error(); !why.empty()) {
    stop_because({StopCause::Kind::environment, "kafka: " + why});
  }
  if (std::string why = consumer_->refusal(); !why.empty() && !rebalancer_->ever_assigned()) {
    stop_because({StopCause::Kind::environment, "kafka: no broker lets this instance in: " + why});
  }
  if (std::string why = dead_letters_->failure(); !why.empty()) {
    stop_because({StopCause::Kind::environment, "dead letters: " + why});
  }
}

void Service::handle_lost_offsets() {
  std::vector<TopicPartition> lost;
  {
    const std::lock_guard lock(lost_mutex_);
    lost.swap(lost_offsets_);
  }
  for (const TopicPartition& partition : lost) rebalancer_->on_offset_lost(partition);
}

void Service::shut_down() {
  state_ = ServiceState::stopping;
  kafka_watch_->request_stop();
  const Clock::time_point deadline = Clock::now() + options_.limits.shutdown;
  const auto plan = std::make_shared<BoundaryPlan>();
  plan->close_groups = true;
  plan->rank_at_most = options_.limits.shutdown / kRankingPart;
  plan->cut = true;
  plan->stop = true;
  const auto reached = checkpoints_->checkpoint_by(plan, deadline - options_.limits.shutdown / kClosingPart);
  if (reached == CheckpointControl::Reached::nothing &&
      !board_.applied(ProgressBoard::Which::active).empty()) {
    const std::string_view awaits = checkpointer_->awaits();
    stop_because(
        {StopCause::Kind::not_in_time, "limits.shutdown was over before the last snapshot was durable (" +
                                           std::string(awaits.empty() ? "the shards were not done" : awaits) +
                                           "): the next start reads some events again"});
  }
  join_shards(deadline);
  if (!publisher_->stop(left_until(deadline) / 2))
    spdlog::warn("not all lists could be written before the end");
  http_.reset();
  reporter_.request_stop();
  reporter_.join();
  report();
  controls_.reset();
  kafka_watch_.reset();
  consumer_->close(left_until(deadline) / 2);
  status_publisher_->stop(left_until(deadline), true);
}

void Service::join_shards(Clock::time_point deadline) {
  while (shards_running_ > 0 && Clock::now() < deadline) std::this_thread::sleep_for(milliseconds{1});
  if (shards_running_ > 0) coordinator_->abort("the shards were given up");
  for (std::thread& thread : shard_threads_) thread.join();
}

void Service::report_until(const std::stop_token& stop) {
  std::unique_lock lock(reporter_mutex_);
  while (!stop.stop_requested()) {
    report();
    reporter_wake_.wait_for(lock, stop, options_.publish.status_interval, [] { return false; });
  }
}

void Service::report() {
  tell_links();
  sink::StatusFields fields = report_->make();
  status_publisher_->set(fields);
  const std::lock_guard lock(status_mutex_);
  status_ = std::move(fields);
}

void Service::stop_because(StopCause cause) {
  const std::lock_guard lock(cause_mutex_);
  if (!cause_) {
    spdlog::error("stopping: {}", cause.text);
    cause_ = std::move(cause);
  }
  stop_wanted_ = true;
}

}  // namespace sluice::pipeline
