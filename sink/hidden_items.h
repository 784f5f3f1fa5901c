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
  // Redis lost its set, or has an older one: every item is to be written again, also those that are not
  // hidden any more.
  void forget_written();

  [[nodiscard]] bool settled() const;  // everything is acknowledged
  [[nodiscard]] bool any() const;      // something is hidden

 private:
  // So many that were shown again are remembered; of further ones each is forgotten when it is acknowledged.
  static constexpr std::size_t kMostShown = 10'000;

  mutable std::mutex mutex_;
  std::map<std::string, bool> wanted_;  // true: hidden
  std::set<std::string> shown_;         // of these, whose removal was acknowledged
  std::set<std::string> dirty_;
  std::vector<std::string> under_way_;
};

}  // namespace sluice::sink
