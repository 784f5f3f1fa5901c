#include "cli/stream_reader.h"

#include <algorithm>
#include <cstdio>

#include "cli/output.h"
#include "ingest/decoder.h"
#include "ingest/event_file.h"
#include "ingest/event_weights.h"

namespace sluice::cli {

std::optional<std::vector<Prequential::Event>> read_stream(const StreamSelection& selection,
                                                           const config::Options& options) {
  ingest::EventFile file(selection.events, options.events);
  const ingest::EventWeights weights(options.events);
  std::vector<Prequential::Event> events;
  Timestamp latest = Timestamp::min();
  std::uint64_t learned = 0;  // of these, which are no control events
  while (selection.limit == 0 || learned < selection.limit) {
    auto event = file.next();
    if (!event) break;
    if (const auto control = ingest::control_kind(event->type)) {
      events.push_back(
          {std::move(event->user), std::move(event->item), 0, 0, event->time, event->has_value, control});
      continue;
    }
    const auto& types = selection.types;
    if (!types.empty() && std::find(types.begin(), types.end(), event->type) == types.end()) continue;
    const auto weight =
        weights.weigh(event->type, event->has_value ? std::optional(event->value) : std::nullopt);
    if (!weight) continue;
    if (event->time < latest) {
      std::fprintf(stderr, "sluice: %s: event %zu is older than the one before it; sort the file by time\n",
                   selection.events.c_str(), events.size() + 1);
      return std::nullopt;
    }
    latest = event->time;
    ++learned;
    events.push_back({std::move(event->user), std::move(event->item), static_cast<float>(*weight),
                      static_cast<float>(event->value), event->time, event->has_value});
  }
  if (!file.error().empty()) {
    complain(file.error());
    return std::nullopt;
  }
  if (learned == 0) {
    std::fprintf(stderr, "sluice: %s has no events of the kind asked for\n", selection.events.c_str());
    return std::nullopt;
  }
  return events;
}

}  // namespace sluice::cli
