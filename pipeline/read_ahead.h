#pragma once

#include <array>
#include <cstddef>
#include <variant>
#include <vector>

#include "config/options.h"
#include "ingest/decoder.h"
#include "ingest/record_batch.h"
#include "model/look_ahead.h"

namespace sluice::pipeline {

// Decodes a batch's records a little ahead of the work on them, because only then their users and items are
// known and can be fetched ahead. Not thread-safe.
class ReadAhead {
 public:
  using Work = model::LookAhead::Work;

  ReadAhead(const config::EventOptions& options, const model::Shard& shard, Work work = Work::learn)
      : ahead_(shard, work) {
    for (std::size_t k = 0; k < model::LookAhead::kEvents; ++k) decoders_.emplace_back(options);
  }

  // What record `at` of `count` says, for each of them in order (one may be asked for again before the next);
  // record_of(k) gives record k. Views in it are good until the next call.
  template <typename RecordOf>
  [[nodiscard]] const ingest::Decoded& read(std::size_t at, std::size_t count, RecordOf record_of) {
    ahead_.before(at, count, [&](std::size_t k) {
      const ingest::Record record = record_of(k);
      ingest::Decoded& decoded = decoded_[k % decoded_.size()];
      decoded = ingest::RejectReason::none;
      if (record.kind != ingest::Record::Kind::event) return model::Shard::Hint{record.partition};
      decoded = decoders_[k % decoders_.size()].decode(record.key, record.payload, record.record_time);
      const auto* const event = std::get_if<ingest::Event>(&decoded);
      if (event == nullptr) return model::Shard::Hint{record.partition};
      return model::Shard::hint(record.partition, event->user, event->item);
    });
    return decoded_[at % decoded_.size()];
  }

 private:
  model::LookAhead ahead_;
  std::vector<ingest::Decoder> decoders_;  // one for each record under way: its views live in its decoder
  std::array<ingest::Decoded, model::LookAhead::kEvents> decoded_{};
};

}  // namespace sluice::pipeline
