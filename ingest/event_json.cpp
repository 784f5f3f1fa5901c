#include "ingest/event_json.h"

#include "common/json.h"

namespace sluice::ingest {

std::string event_json(const FileEvent& event) {
  nlohmann::ordered_json payload;
  if (!event.user.empty()) payload["user"] = event.user;
  if (!event.item.empty()) payload["item"] = event.item;
  if (!event.type.empty()) payload["type"] = event.type;
  if (event.has_value) payload["value"] = event.value;
  if (event.has_time) payload["timestamp"] = to_unix_ms(event.time);
  return payload.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace sluice::ingest
