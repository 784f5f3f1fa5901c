#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

namespace sluice::pipeline {

// Which items the list of each user of one partition may hold, as a filter of 256 bits: sure when it says no,
// and with the usual 40 entries wrong one time in seven when it says yes. Of a user whose list this process
// did not make nothing is known, so the answer is yes. Not thread-safe.
class ListMarks {
 public:
  using Row = std::uint32_t;

  class Mark {
   public:
    void add(std::string_view item) {
      const std::size_t bit = std::hash<std::string_view>{}(item) % kBits;
      words_[bit / kWordBits] |= std::uint64_t{1} << (bit % kWordBits);
    }
    void add_everything() { words_.fill(std::numeric_limits<std::uint64_t>::max()); }
    [[nodiscard]] bool overlaps(const Mark& other) const {
      std::uint64_t common = 0;
      for (std::size_t i = 0; i < words_.size(); ++i) common |= words_[i] & other.words_[i];
      return common != 0;
    }

   private:
    static constexpr std::size_t kBits = 256;
    static constexpr std::size_t kWordBits = 64;
    std::array<std::uint64_t, kBits / kWordBits> words_{};
  };

  void set(Row row, const Mark& mark) {
    if (row >= marks_.size()) marks_.resize(std::size_t{row} + 1, unknown());
    marks_[row] = mark;
  }
  [[nodiscard]] bool may_hold(Row row, const Mark& items) const {
    return row >= marks_.size() || marks_[row].overlaps(items);
  }

 private:
  static Mark unknown() {
    Mark mark;
    mark.add_everything();
    return mark;
  }

  std::vector<Mark> marks_;
};

}  // namespace sluice::pipeline
