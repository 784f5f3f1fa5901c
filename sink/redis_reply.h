#pragma once

#include <hiredis.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace sluice::sink {

// A look at a reply that somebody else owns. RESP2's six types.
class RedisReplyView {
 public:
  enum class Type : std::uint8_t { nil, status, error, integer, string, array };

  // Null stands for the status "OK", the reply to nearly everything we send.
  explicit RedisReplyView(const redisReply* raw) : raw_(raw) {}

  [[nodiscard]] Type type() const;
  [[nodiscard]] bool is_error() const { return type() == Type::error; }
  [[nodiscard]] bool is_nil() const { return type() == Type::nil; }
  [[nodiscard]] bool is_ok() const { return type() == Type::status && text() == "OK"; }

  [[nodiscard]] std::string_view text() const;           // of status, error, string; else empty
  [[nodiscard]] std::int64_t integer() const;            // else 0
  [[nodiscard]] std::size_t size() const;                // elements of an array; else 0
  [[nodiscard]] RedisReplyView at(std::size_t i) const;  // i < size()

 private:
  const redisReply* raw_;
};

// Owns one reply. Movable.
class RedisReply {
 public:
  RedisReply() = default;  // "OK"
  explicit RedisReply(redisReply* owned) : raw_(owned) {}
  [[nodiscard]] RedisReplyView view() const { return RedisReplyView(raw_.get()); }

 private:
  struct Free {
    void operator()(redisReply* reply) const { freeReplyObject(reply); }
  };
  std::unique_ptr<redisReply, Free> raw_;
};

}  // namespace sluice::sink
