#include "sink/list_publisher.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include "sink/publish_session.h"
#include "sink/publish_state.h"
#include "sink/redis_connection.h"

namespace sluice::sink {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

}  // namespace

struct ListPublisher::Impl {
  Impl(const config::RedisOptions& redis, const config::PublishOptions& publish, Callbacks callbacks)
      : state(redis, publish, std::move(callbacks), random_seed()), thread([this] { run(); }) {}

  void run();
  // The session's end, and how long to wait before the next.
  milliseconds serve();
  void sleep(milliseconds at_most);
  [[nodiscard]] milliseconds pause_after(const RedisFailure& failure);
  [[nodiscard]] bool all_acknowledged() const { return state.pending.users() == 0 && state.hidden.settled(); }
  [[nodiscard]] bool finished() const { return abandoned || (stopping && all_acknowledged()); }
  bool stop(milliseconds at_most);

  PublishState state;
  std::atomic<bool> stopping = false;   // no more is accepted
  std::atomic<bool> abandoned = false;  // the deadline is over
  std::mutex mutex;
  std::condition_variable changed;  // stopping, abandoned, done
  bool done = false;                // the thread has left run()
  std::thread thread;               // last: it uses all the others
};

void ListPublisher::Impl::run() {
  while (!finished()) {
    const milliseconds pause = serve();
    if (!finished()) sleep(pause);
  }
  const std::lock_guard lock(mutex);
  done = true;
  changed.notify_all();
}

milliseconds ListPublisher::Impl::serve() {
  auto connection = RedisConnection::connect(state.redis, &abandoned);
  if (!connection) {
    state.counts.count(connection.error());
    state.counts.link.lost(connection.error());
    return pause_after(connection.error());
  }
  ++state.counts.connections;
  state.counts.connected = true;
  std::optional<RedisFailure> failure;
  {
    PublishSession session(state, std::move(connection.value()));
    while (!failure && !finished()) failure = session.turn();
  }
  state.counts.connected = false;
  if (failure) state.counts.link.lost(*failure);
  return failure ? pause_after(*failure) : 0ms;
}

milliseconds ListPublisher::Impl::pause_after(const RedisFailure& failure) {
  switch (failure.kind) {
    case RedisErrorKind::needs_help:
      return state.operator_backoff.next();
    case RedisErrorKind::connection:
      return state.connect_backoff.next();
    default:
      return state.retry_backoff.next();
  }
}

void ListPublisher::Impl::sleep(milliseconds at_most) {
  constexpr milliseconds kMostWhileStopping = 100ms;
  std::unique_lock lock(mutex);
  const bool was_stopping = stopping;
  if (was_stopping) at_most = std::min(at_most, kMostWhileStopping);
  changed.wait_for(lock, at_most, [&] { return abandoned || stopping != was_stopping; });
}

bool ListPublisher::Impl::stop(milliseconds at_most) {
  state.pending.close();
  std::unique_lock lock(mutex);
  stopping = true;
  changed.notify_all();
  state.wake.force();
  changed.wait_for(lock, at_most, [&] { return done; });
  abandoned = true;
  changed.notify_all();
  state.wake.force();
  lock.unlock();
  if (thread.joinable()) thread.join();
  return all_acknowledged();
}

ListPublisher::ListPublisher(const config::RedisOptions& redis, const config::PublishOptions& publish,
                             Callbacks callbacks)
    : impl_(std::make_unique<Impl>(redis, publish, std::move(callbacks))) {}

ListPublisher::~ListPublisher() {
  impl_->stop(0ms);
}

bool ListPublisher::submit(List&& list) {
  if (!impl_->state.pending.submit(std::move(list))) return false;
  impl_->state.wake.notify();
  return true;
}

ListPublisher::Answer ListPublisher::leave_out(LeaveOut&& leave_out) {
  const Answer answer = impl_->state.pending.leave_out(std::move(leave_out));
  if (answer == Answer::taken) impl_->state.wake.notify();
  return answer;
}

bool ListPublisher::look_for(ListLook&& look) {
  if (!impl_->state.looks.add(std::move(look))) return false;
  impl_->state.wake.notify();
  return true;
}

std::size_t ListPublisher::leaving_out() const {
  return impl_->state.pending.leaving_out();
}

ShownPositions& ListPublisher::shown() {
  return impl_->state.shown;
}

void ListPublisher::assigned(const TopicPartition& partition, Offset log_end) {
  impl_->state.shown.assigned(partition, log_end);
  impl_->state.wake.notify();
}

void ListPublisher::withdraw_common() {
  impl_->state.popular.withdraw();
  impl_->state.live.withdraw();
}

void ListPublisher::set_popular(List&& list) {
  impl_->state.popular.set(std::move(list));
  impl_->state.wake.notify();
}

void ListPublisher::set_live(LiveList&& list) {
  if (impl_->state.live.set(std::move(list))) impl_->state.wake.notify();
}

void ListPublisher::erase_user(std::string_view user) {
  impl_->state.pending.erase(user);
  impl_->state.wake.notify();
}

void ListPublisher::set_hidden(std::string item, bool hidden) {
  impl_->state.hidden.set(std::move(item), hidden);
  impl_->state.wake.notify();
}

PublishCounters ListPublisher::counters() const {
  PublishCounters counters = impl_->state.counts.read();
  counters.pending = impl_->state.pending.users();
  counters.lists_replaced = impl_->state.pending.replaced();
  return counters;
}

bool ListPublisher::stop(milliseconds at_most) {
  return impl_->stop(at_most);
}

}  // namespace sluice::sink
