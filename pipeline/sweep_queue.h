#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sink/leave_out.h"

namespace sluice::pipeline {

// The users of one partition whose lists are still to lose hidden items. Each time items are hidden a round
// of its own goes through them, in order, so that the first ones end however many follow; beyond a few they
// share the last one, which bounds memory. Not thread-safe.
class SweepQueue {
 public:
  using Row = std::uint32_t;
  using Items = std::shared_ptr<const sink::LeaveOutItems>;
  struct Next {
    Row row;
    Items items;
  };

  // `rows`: most active first.
  void add(const Items& items, std::vector<Row> rows);
  void show(const std::string& item);

  [[nodiscard]] bool empty() const { return rounds_.empty(); }
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::optional<Next> next() const;
  void pop();

 private:
  static constexpr std::size_t kMostRounds = 4;

  struct Round {
    Items items;
    std::vector<Row> rows;
    std::size_t at = 0;  // rows before it are done
  };
  static void unite(Round& round, const Items& items, const std::vector<Row>& rows);

  std::deque<Round> rounds_;  // none without rows
};

}  // namespace sluice::pipeline
