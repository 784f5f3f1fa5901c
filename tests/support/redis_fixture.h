#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/options.h"
#include "sink/list_publisher.h"
#include "sink/reader.h"
#include "sink/redis_connection.h"
#include "sink/redis_process.h"
#include "support/sample_lists.h"
#include "support/wait_until.h"

namespace sluice::test {

// A private Redis for each test, and short words for looking into it.
class RedisTest : public ::testing::Test {
 protected:
  void start_redis(std::vector<std::string> arguments = {}) {
    sink::RedisProcessOptions options;
    options.port = port_;
    options.arguments = std::move(arguments);
    auto started = sink::RedisProcess::start(options);
    ASSERT_TRUE(started.ok()) << started.error();
    process_ = std::move(started.value());
    port_ = process_->port();
    redis_.url = process_->url();
    admin_.reset();
  }
  // Away, with everything in it; start_redis() brings an empty one on the same port.
  void kill_redis() {
    process_->kill();
    process_.reset();
    admin_.reset();
  }

  // A command on a connection of its own; errors as text, "(nil)", numbers as text.
  std::string run(std::initializer_list<std::string_view> command) {
    if (admin_ == nullptr) {
      auto made = sink::RedisConnection::connect(admin_options());
      if (!made) return made.error().text;
      admin_ = std::move(made.value());
    }
    const auto reply = admin_->run(command);
    if (!reply) return reply.error().text;
    const auto view = reply.value().view();
    if (view.is_nil()) return "(nil)";
    if (view.type() == sink::RedisReplyView::Type::integer) return std::to_string(view.integer());
    return std::string(view.text());
  }
  [[nodiscard]] long long number(std::initializer_list<std::string_view> command) {
    return std::strtoll(run(command).c_str(), nullptr, 10);
  }
  config::RedisOptions admin_options() const {
    config::RedisOptions options = redis_;
    options.username.clear();
    options.password = admin_password_;
    return options;
  }

  // The offsets of the lists that u0 .. u<n-1> have; -1: none.
  std::vector<long long> offsets_of(int users) {
    auto reader = sink::Reader::connect(admin_options());
    EXPECT_TRUE(reader.ok());
    std::vector<long long> offsets;
    for (int i = 0; i < users && reader; ++i) {
      const auto found = reader.value().lookup("u" + std::to_string(i));
      const bool own = found && found.value().source == sink::Lookup::Source::user;
      offsets.push_back(own ? static_cast<long long>(found.value().list.offset) : -1);
    }
    return offsets;
  }

  static sink::List list_of(int user, long long offset = 1) {
    sink::List list = sample_list("u" + std::to_string(user));
    list.offset = Offset{offset};
    return list;
  }

  std::uint16_t port_ = 0;
  std::unique_ptr<sink::RedisProcess> process_;
  std::unique_ptr<sink::RedisConnection> admin_;
  std::string admin_password_;
  config::RedisOptions redis_;
  config::PublishOptions publish_;
};

}  // namespace sluice::test
