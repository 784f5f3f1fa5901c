#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "config/options.h"
#include "sink/leave_out.h"
#include "sink/list.h"
#include "sink/live_list.h"

namespace sluice::sink {

// Formats the commands that write lists; one without entries is written only where none lies (NX), which
// Redis answers with nil if there is one. Reuses its buffer: no allocation for a list once that has grown.
// Not thread-safe.
class ListWriter {
 public:
  ListWriter(const config::RedisOptions& redis, const config::PublishOptions& options);

  void append_set(std::string& out, const List& list);  // SET <prefix>:user:<id> document EX ttl
  void append_set_popular(std::string& out,
                          const List& list);  // SET <prefix>:popular document EX popular_ttl
  void append_set_live(std::string& out,
                       const LiveList& list);  // SET <prefix>:live:<context> document EX live_ttl
  void append_erase(std::string& out, std::string_view user) const;  // DEL <prefix>:user:<id>
  // FCALL <name>_leave_out 1 <prefix>:user:<id> ..., see redis_functions.h
  void append_leave_out(std::string& out, const LeaveOut& leave_out) const;

 private:
  void encode(const List& list);
  // SET `key` + `id` and the document, with the expiry.
  void append_document(std::string& out, std::string_view key, std::string_view id, const std::string& expiry,
                       bool has_entries) const;

  bool compact_;
  std::string user_prefix_;
  std::string popular_key_;
  std::string user_expiry_;     // the command's last two arguments, formatted
  std::string popular_expiry_;  // same
  std::string live_prefix_;
  std::string live_expiry_;  // same
  std::string leave_out_;
  std::string document_;
};

// "EX" and "PX" arguments in wire form; PX where the time is not whole seconds.
[[nodiscard]] std::string format_expiry(std::chrono::milliseconds ttl);

}  // namespace sluice::sink
