#pragma once

#include <cstdint>

namespace sluice::model {

// SplitMix64's finaliser: a 64-bit mix in which every input bit reaches every output bit.
// Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
[[nodiscard]] constexpr std::uint64_t mix64(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

// A counter-based generator: the draws of an event depend on its seed alone, not on what was drawn before.
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) : state_(seed) {}

  [[nodiscard]] constexpr std::uint64_t next() { return mix64(state_++); }
  // The generator as it will be after so many draws.
  [[nodiscard]] constexpr Random after(std::uint64_t draws) const { return Random(state_ + draws); }
  // Uniform in [0, bound); bound > 0. Multiply-shift, bias below bound / 2^32.
  [[nodiscard]] constexpr std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
  }
  // Uniform in [0, 1).
  [[nodiscard]] constexpr float unit() { return static_cast<float>(next() >> 40) * 0x1.0p-24F; }

 private:
  std::uint64_t state_;
};

}  // namespace sluice::model
