#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench/measure.h"
#include "bench/stage.h"
#include "bench/world.h"
#include "sink/list_publisher.h"
#include "sink/list_writer.h"
#include "sink/redis_process.h"
#include "sink/redis_socket.h"
#include "sink/redis_url.h"

namespace sluice::bench {
namespace {

using namespace std::chrono_literals;

std::vector<sink::List> make_lists(std::size_t count) {
  model::Random random(1);
  const auto names = model::column_names();
  std::vector<sink::List> lists(count);
  for (std::size_t k = 0; k < count; ++k) {
    sink::List& list = lists[k];
    list.user = user_name(static_cast<std::uint32_t>(k));
    list.event_time = list.made = world_end();
    list.offset = Offset{static_cast<std::int64_t>(k)};
    for (std::size_t n = 0; n < 20; ++n) {
      sink::ListEntry& entry = list.items.emplace_back();
      entry.item = item_name(random.below(100'000));
      entry.score = 10 * random.unit();
      for (int w = 0; w < 3; ++w)
        entry.why.push_back(names[random.below(static_cast<std::uint32_t>(names.size()))]);
    }
  }
  return lists;
}

// Lists a second from the first submit until Redis has acknowledged the last.
double publish(const config::RedisOptions& redis, const config::PublishOptions& publish,
               std::vector<sink::List> lists) {
  sink::ListPublisher publisher(redis, publish, {});
  while (!publisher.counters().connected) std::this_thread::sleep_for(1ms);
  const double start = wall_seconds();
  const auto count = static_cast<double>(lists.size());
  for (sink::List& list : lists) {
    while (!publisher.submit(std::move(list))) std::this_thread::sleep_for(1ms);
  }
  if (!publisher.stop(60s)) throw std::runtime_error("the lists were not all acknowledged");
  return count / (wall_seconds() - start);
}

// The same commands, formatted beforehand, as many in flight, replies only counted.
class BareSet {
 public:
  BareSet(const config::RedisOptions& redis, const config::PublishOptions& publish,
          const std::vector<sink::List>& lists)
      : depth_(redis.pipeline_depth) {
    sink::ListWriter writer(redis, publish);
    for (const sink::List& list : lists) {
      writer.append_set(commands_, list);
      ends_.push_back(commands_.size());
    }
    const auto address = sink::parse_redis_url(redis.url);
    auto connected = sink::connect_socket(address.value(), {std::chrono::steady_clock::now() + 5s, nullptr});
    if (!connected) throw std::runtime_error(connected.error().text);
    fd_ = std::move(connected.value());
  }

  double run() {
    const double start = wall_seconds();
    std::size_t sent = 0;
    std::size_t answered = 0;
    while (answered < ends_.size()) {
      if (sent < ends_.size() && sent - answered <= depth_ / 2) {
        const std::size_t next = std::min(ends_.size(), answered + depth_);
        send(sent == 0 ? 0 : ends_[sent - 1], ends_[next - 1]);
        sent = next;
      }
      answered += receive();
    }
    return static_cast<double>(ends_.size()) / (wall_seconds() - start);
  }

 private:
  [[nodiscard]] sink::Patience patience() const { return {std::chrono::steady_clock::now() + 10s, nullptr}; }
  void send(std::size_t from, std::size_t to) {
    while (from < to) {
      const auto n = ::send(fd_.get(), commands_.data() + from, to - from, MSG_NOSIGNAL);
      if (n > 0) {
        from += static_cast<std::size_t>(n);
      } else if (!sink::wait_for(fd_.get(), POLLOUT, patience())) {
        throw std::runtime_error("Redis takes no more commands");
      }
    }
  }
  std::size_t receive() {
    if (!sink::wait_for(fd_.get(), POLLIN, patience())) throw std::runtime_error("Redis does not answer");
    const auto n = ::recv(fd_.get(), replies_.data(), replies_.size(), 0);
    if (n <= 0) throw std::runtime_error("Redis has closed the connection");
    return static_cast<std::size_t>(std::count(replies_.begin(), replies_.begin() + n, '+'));  // +OK
  }

  std::size_t depth_;
  std::string commands_;
  std::vector<std::size_t> ends_;
  sink::UniqueFd fd_;
  std::array<char, 65'536> replies_{};
};

}  // namespace

void run_redis(const Settings& settings, const Report& report) {
  auto redis = sink::RedisProcess::start();
  if (!redis.ok()) throw std::runtime_error(redis.error());
  config::RedisOptions options;
  options.url = redis.value()->url();
  const auto lists = make_lists(settings.scaled(100'000));
  for (const char* const format : {"json", "compact"}) {
    config::PublishOptions publish_options;
    publish_options.format = format;
    BareSet bare(options, publish_options, lists);
    (void)bare.run();  // makes the keys
    const auto beside = measure_beside(
        settings.rounds(), [&] { return publish(options, publish_options, lists); },
        [&] { return bare.run(); });
    const bool is_json = publish_options.format == "json";
    report({is_json ? "redis_lists_per_s" : "redis_lists_per_s_compact",
            std::string("publish lists, ") + format, std::to_string(lists.size()) + " users, 20 entries",
            beside.ours, "lists/s", Figure::Limit{"bare pipelined SET", beside.limit},
            is_json ? "redis_share_set" : "redis_share_set_compact"});
  }
}

}  // namespace sluice::bench
