#include "sink/leave_out.h"

#include <algorithm>
#include <utility>

#include "sink/json_text.h"
#include "sink/redis_command.h"

namespace sluice::sink {

LeaveOutItems::LeaveOutItems(std::vector<std::string> items, std::size_t list_size)
    : items_(std::move(items)), list_size_(list_size) {
  append_argument(arguments_, std::to_string(list_size_));
  std::string quoted;
  for (const std::string& item : items_) {
    quoted.clear();
    append_json_string(quoted, item);
    append_argument(arguments_, item);
    append_argument(arguments_, quoted);
  }
}

std::shared_ptr<const LeaveOutItems> LeaveOutItems::united(
    const std::shared_ptr<const LeaveOutItems>& one, const std::shared_ptr<const LeaveOutItems>& other) {
  std::vector<std::string> items = one->items_;
  for (const std::string& item : other->items_) {
    if (std::ranges::find(items, item) == items.end()) items.push_back(item);
  }
  if (items.size() == one->items_.size()) return one;
  return std::make_shared<const LeaveOutItems>(std::move(items), one->list_size_);
}

}  // namespace sluice::sink
