#include "pipeline/link_report.h"

#include <optional>
#include <string_view>
#include <utility>

#include "sink/redis_error.h"
#include "sink/redis_url.h"

namespace sluice::pipeline {
namespace {

using ingest::KafkaWatch;
using sink::RedisLink;
using Link = LinkLog::Link;

struct Told {
  Link link = Link::unknown;
  std::string reason;
};

std::string sentences(const std::string& what, std::string_view advice, std::string_view consequence) {
  std::string text = what;
  if (!text.ends_with('.')) text += '.';
  if (!advice.empty()) text += " " + std::string(advice) + ".";
  return text + " " + std::string(consequence);
}

Told told_of_topics(const KafkaWatch::State& kafka) {
  if (kafka.link != KafkaWatch::Link::connected) return {};
  const ingest::TopicViews& topics = kafka.topics;
  for (const auto& [topic, view] : topics) {
    if (view.partitions == 0) {
      return {Link::bad,
              "Kafka has no topic " + topic + ". Create it, or check kafka.topics and the rights to it"};
    }
  }
  for (const auto& [topic, view] : topics) {
    if (view.leaderless > 0) {
      return {Link::bad, "Kafka: partitions of topic " + topic +
                             " have no leader. Check the brokers. Their events wait until they have one"};
    }
  }
  return {Link::good, {}};
}

Told told_of(const KafkaWatch::State& kafka, const std::string& brokers) {
  switch (kafka.link) {
    case KafkaWatch::Link::unknown:
      return {};
    case KafkaWatch::Link::connected:
      return {Link::good, {}};
    case KafkaWatch::Link::away:
      return {Link::bad, sentences("Kafka is away (kafka.brokers " + brokers + "): " + kafka.reason,
                                   ingest::kafka_advice(kafka.reason),
                                   "Events wait until it is back; lists stay as they are")};
  }
  return {};
}

// A refused login names the server itself, an error reply does not.
std::string with_address(const std::string& refusal, const std::string& address) {
  return refusal.starts_with("Redis at ") ? refusal : "Redis at " + address + " refuses: " + refusal;
}

Told told_of(const RedisLink::Now& redis, const std::string& address) {
  constexpr std::string_view kConsequence = "Learning goes on; lists wait, and it is tried again and again";
  switch (redis.state) {
    case RedisLink::State::unknown:
      return {};
    case RedisLink::State::connected:
      return {Link::good, {}};
    case RedisLink::State::refuses:
      return {Link::bad,
              sentences(with_address(redis.why.text, address), sink::advice_on(redis.why), kConsequence)};
    case RedisLink::State::away:
      return {Link::bad,
              sentences("Redis is away: " + redis.why.text, sink::advice_on(redis.why), kConsequence)};
  }
  return {};
}

Told told_of_functions(const std::string& refusal) {
  if (refusal.empty()) return {};
  return {Link::bad,
          sentences("Redis does not take Sluice's function library: " + refusal,
                    "It needs Redis 7, and a user with the rights that docs/redis.md lists",
                    "Readers merge live lists themselves, and lists with hidden items are ranked anew")};
}

}  // namespace

RedisLink::Now worse_of(const RedisLink::Now& lists, const RedisLink::Now& status) {
  const bool status_is_bad =
      status.state == RedisLink::State::refuses || status.state == RedisLink::State::away;
  return lists.state == RedisLink::State::connected && status_is_bad ? status : lists;
}

LinkReport::LinkReport(const config::KafkaOptions& kafka, const config::RedisOptions& redis)
    : brokers_(kafka.brokers), redis_address_([&] {
        const auto address = sink::parse_redis_url(redis.url);
        return address ? address.value().describe() : std::string("redis.url");
      }()) {}

std::vector<LinkLog::Line> LinkReport::look(const KafkaWatch::State& kafka, const RedisLink::Now& redis,
                                            const std::string& function_refusal, std::uint64_t data_losses,
                                            LinkLog::Clock::time_point now) {
  std::vector<LinkLog::Line> lines;
  const auto see = [&](LinkLog& log, const Told& told) {
    if (auto line = log.see(told.link, told.reason, now)) lines.push_back(std::move(*line));
  };
  see(kafka_, told_of(kafka, brokers_));
  const Told topics = told_of_topics(kafka);
  topics_were_bad_ = topics_were_bad_ || topics.link == Link::bad;
  if (topics_were_bad_) see(topics_, topics);
  see(redis_, told_of(redis, redis_address_));
  see(functions_, told_of_functions(function_refusal));
  if (data_losses > data_losses_ && loss_limiter_.admit("", now)) {
    data_losses_ = data_losses;
    lines.push_back(
        {false, "Redis came back without its data, or its canary was evicted: every list is written again"});
  }
  return lines;
}

}  // namespace sluice::pipeline
