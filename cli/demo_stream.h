#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "ingest/event_file.h"
#include "ingest/file_event.h"
#include "ingest/item_titles.h"
#include "ingest/synthetic.h"

namespace sluice::cli {

// The demo's events, from a file or made up, and what it remembers of them to show at the end. next() is for
// one thread, the rest for another after that has ended.
class DemoStream {
 public:
  // Empty paths: the synthetic stream, beginning at `start`, and no titles but its own.
  DemoStream(const std::string& events_file, const std::string& items_file, Timestamp start);

  [[nodiscard]] std::optional<ingest::FileEvent> next();
  // What is wrong with the files; empty if nothing is.
  [[nodiscard]] std::string error() const;

  struct UserStory {
    std::string user;
    std::vector<std::string> items;  // the latest ones, oldest first
  };
  // Users with several events, those seen last first.
  [[nodiscard]] std::vector<UserStory> users_to_show(std::size_t count) const;
  // "Harbour Lights (1987)", or the id where no title is known.
  [[nodiscard]] std::string title(const std::string& item) const;

 private:
  struct Recent {
    std::deque<std::string> items;
    std::uint64_t last_seen = 0;
  };
  void remember(const ingest::FileEvent& event);

  std::optional<ingest::EventFile> file_;
  std::optional<ingest::SyntheticStream> synthetic_;
  ingest::ItemTitlesFile titles_;
  std::uint64_t events_ = 0;
  std::unordered_map<std::string, Recent> users_;  // bounded
};

}  // namespace sluice::cli
