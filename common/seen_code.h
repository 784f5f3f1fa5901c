#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

// What a user's document says of an item that the user has had: 18 bits of a hash of its id (FNV-1a, 32 bits,
// the upper ones folded in), so that a document with 256 of them takes an unseen item for a seen one in one
// case of a thousand. Every language can compute it in a few lines.
[[nodiscard]] constexpr std::uint32_t seen_code(std::string_view item) {
  std::uint32_t hash = 2'166'136'261U;
  for (const char c : item) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
  return (hash ^ (hash >> 18)) & 0x3FFFFU;
}

// As text: three characters of the base 64 alphabet, the highest bits first.
inline void append_seen_code(std::string& out, std::uint32_t code) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (const int shift : {12, 6, 0}) out += kAlphabet[(code >> shift) & 63U];
}

// Of all these.
template <typename Items>
[[nodiscard]] std::string seen_codes(const Items& items) {
  std::string codes;
  for (const std::string_view item : items) append_seen_code(codes, seen_code(item));
  return codes;
}

// Whether a text of such codes holds this one.
[[nodiscard]] inline bool holds_seen_code(std::string_view codes, std::uint32_t code) {
  std::string wanted;
  append_seen_code(wanted, code);
  for (std::size_t at = 0; at + 3 <= codes.size(); at += 3) {
    if (codes.substr(at, 3) == wanted) return true;
  }
  return false;
}

}  // namespace sluice
