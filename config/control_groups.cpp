#include "config/control_groups.h"

#include <algorithm>
#include <fstream>
#include <string_view>

#include "common/parse_number.h"

namespace sluice::config {
namespace {

using std::filesystem::path;

// The words of a file's first line; none if it cannot be read.
std::vector<std::string> words_of(const path& file) {
  std::ifstream in(file);
  std::vector<std::string> words;
  std::string line;
  if (!std::getline(in, line)) return words;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t end = std::min(line.find(' ', at), line.size());
    if (end > at) words.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

// Nothing for what is no number, such as "max", and for what is not above 0, such as -1.
std::optional<std::uint64_t> number(const std::vector<std::string>& words, std::size_t index) {
  if (index >= words.size()) return std::nullopt;
  const auto value = parse_number<std::uint64_t>(words[index]);
  return value && *value > 0 ? value : std::nullopt;
}

template <typename Value>
void tighten(std::optional<Value>& limit, std::optional<Value> other) {
  if (other && (!limit || *other < *limit)) limit = other;
}

std::optional<double> share(std::optional<std::uint64_t> quota, std::optional<std::uint64_t> period) {
  if (!quota || !period) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

bool lists(std::string_view controllers, std::string_view wanted) {
  for (std::size_t at = 0; at <= controllers.size();) {
    const std::size_t end = std::min(controllers.find(',', at), controllers.size());
    if (controllers.substr(at, end - at) == wanted) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace

// A line is "number:controllers:path"; version 2 has number 0 and no controllers.
ControlGroups::ControlGroups(const Places& places) {
  std::ifstream in(places.membership);
  for (std::string line; std::getline(in, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == line.npos ? line.npos : line.find(':', first + 1);
    if (second == line.npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    const auto add = [&](Folders& to, const path& mount) {
      const Folders found = folders_up(mount, group);
      to.insert(to.end(), found.begin(), found.end());
    };
    if (controllers.empty()) {
      add(unified_, places.root);
      add(unified_, places.root / "unified");  // where version 1 is beside it
    }
    if (lists(controllers, "cpu")) {
      add(cpu_, places.root / controllers);
      add(cpu_, places.root / "cpu");
    }
    if (lists(controllers, "memory")) add(memory_, places.root / "memory");
  }
}

// In a container the path may be the host's, of which only the end is mounted: folders that are not there
// have no files, and so no limits.
ControlGroups::Folders ControlGroups::folders_up(const path& mount, const std::string& group) {
  Folders folders;
  for (path at = path(group).lexically_normal().relative_path();; at = at.parent_path()) {
    folders.push_back(mount / at);
    if (at.empty()) return folders;
  }
}

std::optional<double> ControlGroups::cpus() const {
  std::optional<double> limit;
  for (const path& folder : unified_) {
    const auto quota_and_period = words_of(folder / "cpu.max");
    tighten(limit, share(number(quota_and_period, 0), number(quota_and_period, 1)));
  }
  for (const path& folder : cpu_) {
    tighten(limit, share(number(words_of(folder / "cpu.cfs_quota_us"), 0),
                         number(words_of(folder / "cpu.cfs_period_us"), 0)));
  }
  return limit;
}

std::optional<std::uint64_t> ControlGroups::memory_bytes() const {
  constexpr std::uint64_t kNone = std::uint64_t{1} << 60;  // version 1 has a number of that kind for no limit
  std::optional<std::uint64_t> limit;
  for (const path& folder : unified_) tighten(limit, number(words_of(folder / "memory.max"), 0));
  for (const path& folder : memory_) tighten(limit, number(words_of(folder / "memory.limit_in_bytes"), 0));
  return limit && *limit < kNone ? limit : std::nullopt;
}

}  // namespace sluice::config
