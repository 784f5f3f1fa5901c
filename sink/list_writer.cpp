#include "sink/list_writer.h"

#include "sink/list_compact.h"
#include "sink/list_json.h"
#include "sink/redis_command.h"

namespace sluice::sink {
namespace {

constexpr std::size_t kSetArguments = 5;  // SET key document EX ttl

}  // namespace

std::string format_expiry(std::chrono::milliseconds ttl) {
  const bool whole_seconds = ttl.count() % 1000 == 0;
  std::string out;
  append_argument(out, whole_seconds ? "EX" : "PX");
  append_argument(out, std::to_string(whole_seconds ? ttl.count() / 1000 : ttl.count()));
  return out;
}

ListWriter::ListWriter(const RedisKeys& keys, const config::PublishOptions& options)
    : compact_(options.format == "compact"),
      user_prefix_(keys.users()),
      popular_key_(keys.popular()),
      user_expiry_(format_expiry(options.ttl)),
      popular_expiry_(format_expiry(options.popular_ttl)),
      live_prefix_(keys.live()),
      live_expiry_(format_expiry(options.live_ttl)) {}

void ListWriter::encode(const List& list) {
  document_.clear();
  if (compact_) {
    append_list_compact(document_, list);
  } else {
    append_list_json(document_, list);
  }
}

void ListWriter::append_set(std::string& out, const List& list) {
  encode(list);
  append_command_head(out, kSetArguments);
  append_argument(out, "SET");
  append_argument(out, user_prefix_, list.user);
  append_argument(out, document_);
  out += user_expiry_;
}

void ListWriter::append_set_popular(std::string& out, const List& list) {
  encode(list);
  append_command_head(out, kSetArguments);
  append_argument(out, "SET");
  append_argument(out, popular_key_);
  append_argument(out, document_);
  out += popular_expiry_;
}

void ListWriter::append_set_live(std::string& out, const LiveList& list) {
  document_.clear();
  append_live_list(document_, list);
  append_command_head(out, kSetArguments);
  append_argument(out, "SET");
  append_argument(out, live_prefix_, std::to_string(list.context));
  append_argument(out, document_);
  out += live_expiry_;
}

void ListWriter::append_erase(std::string& out, std::string_view user) const {
  append_command_head(out, 2);
  append_argument(out, "DEL");
  append_argument(out, user_prefix_, user);
}

}  // namespace sluice::sink
