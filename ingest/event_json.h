#pragma once

#include <string>

#include "ingest/file_event.h"

namespace sluice::ingest {

// The payload that the default mapping (config::EventOptions) reads back as the same event:
// {"user":"u","item":"i","type":"view","value":1.0,"timestamp":1718000000123}. Empty text, an absent value
// and an absent time are left out. Ids must be UTF-8; bytes that are not are replaced by U+FFFD.
[[nodiscard]] std::string event_json(const FileEvent& event);

}  // namespace sluice::ingest
