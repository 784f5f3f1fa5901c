#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sluice::config {

// What the kernel's control groups let this process use: of each kind the tightest limit of the process's own
// group and all groups above it that can be seen. Version 2 and version 1, also side by side.
class ControlGroups {
 public:
  struct Places {
    std::filesystem::path root = "/sys/fs/cgroup";
    std::filesystem::path membership = "/proc/self/cgroup";
  };
  // Reads which groups the process is in. What cannot be read is no limit.
  ControlGroups() : ControlGroups(Places{}) {}
  explicit ControlGroups(const Places& places);

  // CPU time for each time that passes, such as 1.5. Nothing: no limit.
  [[nodiscard]] std::optional<double> cpus() const;
  [[nodiscard]] std::optional<std::uint64_t> memory_bytes() const;

 private:
  // The folders of the process's group and of those above it.
  using Folders = std::vector<std::filesystem::path>;
  [[nodiscard]] static Folders folders_up(const std::filesystem::path& mount, const std::string& group);

  Folders unified_;  // version 2
  Folders cpu_;      // version 1
  Folders memory_;
};

}  // namespace sluice::config
