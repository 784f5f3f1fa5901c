#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sink/file_system.h"

namespace sluice::test {

// A disk in memory that can fail at any chosen system call, and that knows what would be left after a power
// cut: file contents as of their last sync, names as of the last sync of their folder.
class FakeFileSystem : public sink::FileSystem {
 public:
  enum class Fault {
    error,        // the call fails with `error_number` and does nothing
    short_write,  // a write moves one byte only
    power_cut,    // this call and all later ones fail with EIO
  };
  struct Plan {
    std::uint64_t at_call = 0;  // counted from 0
    Fault fault = Fault::error;
    int error_number = 0;
  };

  sink::IoResult create(const Path& file) override;
  sink::IoResult open(const Path& file) override;
  sink::IoResult write(sink::FileHandle file, std::span<const std::byte> bytes) override;
  sink::IoResult read_at(sink::FileHandle file, std::uint64_t position, std::span<std::byte> bytes) override;
  sink::IoResult size(sink::FileHandle file) override;
  sink::IoResult sync(sink::FileHandle file) override;
  sink::IoResult close(sink::FileHandle file) override;
  sink::IoResult rename(const Path& from, const Path& to) override;
  sink::IoResult remove(const Path& file) override;
  sink::IoResult make_folder(const Path& folder) override;
  sink::IoResult sync_folder(const Path& folder) override;
  [[nodiscard]] Listing list(const Path& folder) override;

  void plan(Plan plan);
  void clear_plan() { plan_.reset(); }
  [[nodiscard]] std::uint64_t calls() const { return calls_; }
  // What the disk holds when power is back. `names_survive`: names that were not synced happened to reach the
  // disk (they may), though the data behind them did not.
  void restore_power(bool names_survive);

  // Test access, not counted as calls.
  void put(const Path& file, std::vector<std::byte> bytes);
  [[nodiscard]] std::optional<std::vector<std::byte>> contents(const Path& file) const;
  [[nodiscard]] std::set<std::string> files_in(const Path& folder) const;
  [[nodiscard]] std::size_t open_files() const { return open_.size(); }

 private:
  struct Inode {
    std::vector<std::byte> now;
    std::vector<std::byte> synced;
  };
  using Names = std::map<Path, std::shared_ptr<Inode>>;

  // The error this call has to fail with; 0: none.
  int next_call();

  std::optional<Plan> plan_;
  std::uint64_t calls_ = 0;
  bool short_write_now_ = false;
  bool power_is_off_ = false;
  std::set<Path> folders_ = {"."};
  std::set<Path> synced_folders_ = {"."};
  Names names_;
  Names synced_names_;
  std::map<int, std::shared_ptr<Inode>> open_;
  int next_handle_ = 3;
};

}  // namespace sluice::test
