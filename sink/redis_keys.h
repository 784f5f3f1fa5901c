#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// The names of docs/redis.md, in one place.
namespace sluice::sink {

class RedisKeys {
 public:
  explicit RedisKeys(std::string_view prefix) : prefix_(std::string(prefix) + ":") {}

  [[nodiscard]] std::string users() const { return prefix_ + "user:"; }  // then the id
  [[nodiscard]] std::string user(std::string_view id) const { return users().append(id); }
  [[nodiscard]] std::string popular() const { return prefix_ + "popular"; }
  [[nodiscard]] std::string live() const { return prefix_ + "live:"; }  // then the context
  [[nodiscard]] std::string live(std::uint32_t context) const { return live() + std::to_string(context); }
  [[nodiscard]] std::string hidden() const { return prefix_ + "hidden"; }
  [[nodiscard]] std::string shown() const { return prefix_ + "shown"; }
  [[nodiscard]] std::string canary() const { return prefix_ + "canary"; }
  [[nodiscard]] std::string instances() const { return prefix_ + "instances"; }
  [[nodiscard]] std::string status(std::string_view instance) const {
    return (prefix_ + "status:").append(instance);
  }

 private:
  std::string prefix_;
};

}  // namespace sluice::sink
