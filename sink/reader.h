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
  List list;               // without hidden items
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

  // A document that cannot be read is a failure of kind ours.
  [[nodiscard]] Result<Lookup, RedisFailure> lookup(std::string_view user);
  [[nodiscard]] Result<Lookup, RedisFailure> popular();

  // By instance; one that is registered but whose status has expired (it died) has no fields.
  [[nodiscard]] Result<std::map<std::string, StatusFields>, RedisFailure> statuses();

 private:
  Reader(std::unique_ptr<RedisConnection> connection, std::string prefix);
  [[nodiscard]] Result<Lookup, RedisFailure> read(const std::string& key, Lookup::Source source);
  [[nodiscard]] std::optional<RedisFailure> leave_out_hidden(Lookup& found);

  std::unique_ptr<RedisConnection> connection_;
  std::string prefix_;
};

}  // namespace sluice::sink
