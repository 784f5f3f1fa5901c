#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::sink {

// Decides whether Redis still has what was written to it, from its run id (new after a restart or failover)
// and from the canary, a key that whoever misses it creates with a value never used before (SET NX): a value
// other than the one known means that the key, and so presumably everything, was gone in between. That also
// works with several instances, where another one may put the canary back first. Not thread-safe.
class LossDetector {
 public:
  enum class Verdict : std::uint8_t {
    intact,
    first_empty,  // the first look at this Redis, and no list of ours was there
    lost,
  };

  explicit LossDetector(std::string process_nonce) : nonce_(std::move(process_nonce)) {}

  // The value to offer to SET NX in the next look.
  [[nodiscard]] std::string fresh_canary() { return nonce_ + "-" + std::to_string(++looks_); }

  // From INFO server, once a connection; empty if it is not to be had.
  void saw_run_id(std::string_view run_id);
  // The value found after SET NX; the run id counts from here on.
  [[nodiscard]] Verdict saw_canary(std::string_view value);

 private:
  std::string nonce_;
  std::uint64_t looks_ = 0;
  std::string run_id_;
  bool run_id_changed_ = false;
  std::string canary_;
};

// "" if `info` (the reply to INFO server) has no run_id line.
[[nodiscard]] std::string_view run_id_of(std::string_view info);

}  // namespace sluice::sink
