#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/types.h"

namespace sluice::sink {

// Items to be taken out of lists that lie in Redis already, in the form in which the command takes them.
class LeaveOutItems {
 public:
  // `list_size`: with fewer entries left, a list is to be ranked anew.
  LeaveOutItems(std::vector<std::string> items, std::size_t list_size);

  [[nodiscard]] const std::vector<std::string>& items() const { return items_; }
  [[nodiscard]] std::size_t list_size() const { return list_size_; }
  // Of the function leave_out, behind the key, in wire form.
  [[nodiscard]] const std::string& arguments() const { return arguments_; }
  [[nodiscard]] std::size_t argument_count() const { return 1 + 2 * items_.size(); }

  // Both; the one itself if it has all of the other.
  [[nodiscard]] static std::shared_ptr<const LeaveOutItems> united(
      const std::shared_ptr<const LeaveOutItems>& one, const std::shared_ptr<const LeaveOutItems>& other);

 private:
  std::vector<std::string> items_;
  std::size_t list_size_;
  std::string arguments_;
};

// That items are to be taken out of a user's list, which is not made anew for it.
struct LeaveOut {
  std::string user;
  std::shared_ptr<const LeaveOutItems> items;
  // Where its producer has the user; handed back with it.
  PartitionId partition{};
  std::uint32_t row = 0;
};

}  // namespace sluice::sink
