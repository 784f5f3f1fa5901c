#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/options.h"
#include "sink/list.h"
#include "sink/redis_error.h"
#include "sink/result.h"
#include "sink/status_publisher.h"

namespace sluice::sink {

class RedisConnection;

// What a reader shows for a user.
struct Lookup {
  enum class Source : std::uint8_t {
    user,     // the user's own list
    popular,  // the user has none: everybody's
    none,     // there is no popular list either: nothing was ever published here
  };
  Source source = Source::none;
  List list;            // without hidden items; merged: in the order and with the scores of now
  bool merged = false;  // with the live list of the user's context, which lay there
  std::uint32_t context = 0;
  std::size_t hidden = 0;  // entries left out because they are in <prefix>:hidden
  std::string raw;         // the document as it lies in Redis
  std::optional<std::chrono::milliseconds> expires_in;
};

// Reads what the publishers write, as any client would. One thread. After a failure of kind connection make a
// new one.
class Reader {
 public:
  [[nodiscard]] static Result<Reader, RedisFailure> connect(const config::RedisOptions& options);
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  ~Reader();

  // A document that cannot be read is a failure of kind ours. Merged, up to `entries` are shown, or as many
  // as the document's list has if that is more.
  enum class Merge : bool { off, on };
  [[nodiscard]] Result<Lookup, RedisFailure> lookup(std::string_view user, Merge merge = Merge::on,
                                                    std::size_t entries = 0);
  [[nodiscard]] Result<Lookup, RedisFailure> popular(Merge merge = Merge::on, std::size_t entries = 0);

  // By instance; one that is registered but whose status has expired (it died) has no fields.
  [[nodiscard]] Result<std::map<std::string, StatusFields>, RedisFailure> statuses();

  // Why Redis takes no writes just now (out of memory, no room on its disk, a replica); nothing if it does,
  // or if this user may not write anyway. Asks by a write that changes nothing.
  [[nodiscard]] std::optional<RedisFailure> why_no_writes();

 private:
  Reader(std::unique_ptr<RedisConnection> connection, std::string prefix);
  [[nodiscard]] Result<Lookup, RedisFailure> read(const std::string& key, Lookup::Source source, Merge merge,
                                                  std::size_t entries);
  [[nodiscard]] std::optional<RedisFailure> merge_live_list(Lookup& found);
  [[nodiscard]] std::optional<RedisFailure> leave_out_hidden(Lookup& found);

  std::unique_ptr<RedisConnection> connection_;
  std::string prefix_;
};

}  // namespace sluice::sink
