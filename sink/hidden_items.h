#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sluice::sink {

// The members of `<prefix>:hidden` as this process wants them, and which of them Redis has not acknowledged.
// Thread-safe.
class HiddenItems {
 public:
  struct Change {
    bool hide = false;  // SADD, else SREM
    std::vector<std::string> items;
  };

  void set(std::string item, bool hidden);
  // Up to `most` changes of one kind, under way until written() or failed(); nothing while some are under
  // way.
  [[nodiscard]] std::optional<Change> take(std::size_t most);
  void written();
  void failed();
  // Redis lost its set: every hidden item is to be written again.
  void forget_written();

  [[nodiscard]] bool settled() const;  // everything is acknowledged
  [[nodiscard]] bool any() const;      // something is hidden

 private:
  mutable std::mutex mutex_;
  std::map<std::string, bool> wanted_;  // true: hidden; false: until the removal is acknowledged
  std::set<std::string> dirty_;
  std::vector<std::string> under_way_;
};

}  // namespace sluice::sink
