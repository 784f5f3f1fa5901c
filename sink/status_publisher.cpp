#include "sink/status_publisher.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>
#include <span>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "sink/backoff.h"
#include "sink/redis_connection.h"
#include "sink/redis_keys.h"

namespace sluice::sink {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kInstancesTtl = 24h;

// The first error among the replies to a transaction.
std::optional<RedisFailure> failure_in(RedisReplyView executed) {
  for (std::size_t i = 0; i < executed.size(); ++i) {
    const RedisReplyView reply = executed.at(i);
    if (reply.is_error()) {
      return RedisFailure{classify_error_reply(reply.text()), describe_error_reply(reply.text())};
    }
  }
  return {};
}

}  // namespace

struct StatusPublisher::Impl {
  struct Update {
    StatusFields fields;
    SteadyTime made;
  };

  Impl(const config::RedisOptions& redis_options, const config::PublishOptions& publish, std::string name)
      : redis(redis_options),
        keys(redis_options.prefix),
        instance(std::move(name)),
        ttl(std::max(milliseconds(5s), 5 * publish.status_interval)),
        backoff(50ms, 2s, std::random_device()()),
        thread([this] { run(); }) {}

  void run();
  // The newest fields, once there are some; nothing when it is time to stop.
  [[nodiscard]] std::optional<Update> wait_for_update();
  [[nodiscard]] std::optional<RedisFailure> write(const StatusFields& fields);
  [[nodiscard]] std::optional<RedisFailure> say_goodbye();
  [[nodiscard]] std::optional<RedisFailure> ensure_connection();
  // One transaction.
  [[nodiscard]] std::optional<RedisFailure> execute(std::span<const std::vector<std::string_view>> commands);
  void note(const std::optional<RedisFailure>& failure);
  void put_back(Update update);
  void stop(milliseconds at_most, bool with_goodbye);

  const config::RedisOptions redis;
  const RedisKeys keys;
  const std::string instance;
  const milliseconds ttl;

  mutable std::mutex mutex;
  std::condition_variable changed;  // next, stopping, done
  std::optional<Update> next;
  StatusCounters counters;
  bool stopping = false;
  bool goodbye = false;
  bool done = false;
  std::atomic<bool> abandoned = false;
  RedisLink link;

  // The thread's own.
  std::unique_ptr<RedisConnection> connection;
  bool instances_has_wrong_type = false;
  Backoff backoff;
  std::thread thread;  // last: it uses all the others
};

void StatusPublisher::Impl::run() {
  while (auto update = wait_for_update()) {
    if (steady_clock::now() - update->made >= ttl) continue;  // too old to be called alive by it
    const auto failure = write(update->fields);
    note(failure);
    if (!failure) {
      backoff.reset();
      continue;
    }
    put_back(std::move(*update));
    std::unique_lock lock(mutex);
    if (stopping) break;
    changed.wait_for(lock, backoff.next(), [this] { return stopping; });
  }
  if (goodbye && !abandoned) note(say_goodbye());
  const std::lock_guard lock(mutex);
  done = true;
  changed.notify_all();
}

std::optional<StatusPublisher::Impl::Update> StatusPublisher::Impl::wait_for_update() {
  std::unique_lock lock(mutex);
  changed.wait(lock, [this] { return next.has_value() || stopping; });
  if (abandoned) return {};
  return std::exchange(next, std::nullopt);
}

void StatusPublisher::Impl::put_back(Update update) {
  const std::lock_guard lock(mutex);
  if (!next) next = std::move(update);
}

void StatusPublisher::Impl::note(const std::optional<RedisFailure>& failure) {
  constexpr unsigned kTransaction = 0;
  const bool answered = failure && connection != nullptr && failure->kind != RedisErrorKind::connection;
  if (failure) connection.reset();
  if (!failure) {
    link.accepted(kTransaction);
  } else if (answered) {
    link.refused(kTransaction, *failure);
  } else {
    link.lost(*failure);
  }
  const std::lock_guard lock(mutex);
  if (failure) {
    ++counters.failures;
    counters.last_error = failure->text;
  } else {
    ++counters.written;
  }
}

std::optional<RedisFailure> StatusPublisher::Impl::ensure_connection() {
  if (connection != nullptr) return {};
  auto made = RedisConnection::connect(redis, &abandoned);
  if (!made) return made.error();
  connection = std::move(made.value());
  return {};
}

std::optional<RedisFailure> StatusPublisher::Impl::write(const StatusFields& fields) {
  if (auto failure = ensure_connection()) return failure;
  const std::string hash = keys.status(instance);
  const std::string set = keys.instances();
  const std::string hash_ttl = std::to_string(ttl.count());
  const std::string set_ttl = std::to_string(kInstancesTtl.count());
  std::vector<std::string_view> replace = {"HSET", hash};
  for (const auto& [name, text] : fields) {
    replace.push_back(name);
    replace.push_back(text);
  }
  std::vector<std::vector<std::string_view>> commands = {{"DEL", hash}};
  if (!fields.empty()) {
    commands.push_back(std::move(replace));
    commands.push_back({"PEXPIRE", hash, hash_ttl});
  }
  if (instances_has_wrong_type) commands.push_back({"DEL", set});
  commands.push_back({"SADD", set, instance});
  commands.push_back({"PEXPIRE", set, set_ttl});
  auto failure = execute(commands);
  instances_has_wrong_type = failure && failure->text.starts_with("WRONGTYPE");
  return failure;
}

std::optional<RedisFailure> StatusPublisher::Impl::say_goodbye() {
  if (auto failure = ensure_connection()) return failure;
  const std::string hash = keys.status(instance);
  const std::string set = keys.instances();
  const std::vector<std::vector<std::string_view>> commands = {{"DEL", hash}, {"SREM", set, instance}};
  return execute(commands);
}

std::optional<RedisFailure> StatusPublisher::Impl::execute(
    std::span<const std::vector<std::string_view>> commands) {
  if (const auto begun = connection->run({"MULTI"}); !begun) return begun.error();
  for (const auto& command : commands) {
    if (const auto queued = connection->run(command); !queued) return queued.error();
  }
  const auto executed = connection->run({"EXEC"});
  return executed ? failure_in(executed.value().view()) : std::optional(executed.error());
}

void StatusPublisher::Impl::stop(milliseconds at_most, bool with_goodbye) {
  std::unique_lock lock(mutex);
  stopping = true;
  goodbye = with_goodbye;
  changed.notify_all();
  changed.wait_for(lock, at_most, [this] { return done; });
  abandoned = true;
  lock.unlock();
  if (thread.joinable()) thread.join();
}

StatusPublisher::StatusPublisher(const config::RedisOptions& redis, const config::PublishOptions& publish,
                                 std::string instance)
    : impl_(std::make_unique<Impl>(redis, publish, std::move(instance))) {}

StatusPublisher::~StatusPublisher() {
  impl_->stop(0ms, false);
}

void StatusPublisher::set(StatusFields fields) {
  const std::lock_guard lock(impl_->mutex);
  impl_->next = Impl::Update{std::move(fields), steady_clock::now()};
  impl_->changed.notify_all();
}

StatusCounters StatusPublisher::counters() const {
  const std::lock_guard lock(impl_->mutex);
  StatusCounters counters = impl_->counters;
  counters.link = impl_->link.now();
  return counters;
}

void StatusPublisher::stop(milliseconds at_most, bool goodbye) {
  impl_->stop(at_most, goodbye);
}

}  // namespace sluice::sink
