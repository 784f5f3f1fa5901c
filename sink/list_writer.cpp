#include "sink/list_writer.h"

#include "sink/list_compact.h"
#include "sink/list_json.h"
#include "sink/redis_command.h"
#include "sink/redis_functions.h"
#include "sink/redis_keys.h"

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

ListWriter::ListWriter(const config::RedisOptions& redis, const config::PublishOptions& options)
    : compact_(options.format == "compact"),
      user_prefix_(RedisKeys(redis.prefix).users()),
      popular_key_(RedisKeys(redis.prefix).popular()),
      user_expiry_(format_expiry(options.ttl)),
      popular_expiry_(format_expiry(options.popular_ttl)),
      live_prefix_(RedisKeys(redis.prefix).live()),
      live_expiry_(format_expiry(options.live_ttl)),
      leave_out_(leave_out_function_name(redis.prefix)) {}

void ListWriter::encode(const List& list) {
  document_.clear();
  if (compact_) {
    append_list_compact(document_, list);
  } else {
    append_list_json(document_, list);
  }
}

void ListWriter::append_document(std::string& out, std::string_view key, std::string_view id,
                                 const std::string& expiry, bool has_entries) const {
  append_command_head(out, kSetArguments + (has_entries ? 0 : 1));
  append_argument(out, "SET");
  append_argument(out, key, id);
  append_argument(out, document_);
  out += expiry;
  if (!has_entries) append_argument(out, "NX");
}

void ListWriter::append_set(std::string& out, const List& list) {
  encode(list);
  append_document(out, user_prefix_, list.user, user_expiry_, !list.items.empty());
}

void ListWriter::append_set_popular(std::string& out, const List& list) {
  encode(list);
  append_document(out, popular_key_, "", popular_expiry_, !list.items.empty());
}

void ListWriter::append_set_live(std::string& out, const LiveList& list) {
  document_.clear();
  append_live_list(document_, list);
  append_document(out, live_prefix_, std::to_string(list.context), live_expiry_, !list.items.empty());
}

void ListWriter::append_erase(std::string& out, std::string_view user) const {
  append_command_head(out, 2);
  append_argument(out, "DEL");
  append_argument(out, user_prefix_, user);
}

void ListWriter::append_leave_out(std::string& out, const LeaveOut& leave_out) const {
  constexpr std::size_t kBefore = 4;
  append_command_head(out, kBefore + leave_out.items->argument_count());
  append_argument(out, "FCALL");
  append_argument(out, leave_out_);
  append_argument(out, "1");
  append_argument(out, user_prefix_, leave_out.user);
  out += leave_out.items->arguments();
}

}  // namespace sluice::sink
