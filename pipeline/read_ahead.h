#pragma once

#include <array>
#include <cstddef>
#include <variant>

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
      : ahead_(shard, work), decoder_(options, model::LookAhead::kEvents) {}

  // What record `at` of `count` says, for each of them in order (one may be asked for again before the next);
  // record_of(k) gives record k. Views in it are good until the next call.
  template <typename RecordOf>
  [[nodiscard]] const ingest::Decoded& read(std::size_t at, std::size_t count, RecordOf record_of) {
    ahead_.before(at, count, [&](std::size_t k) {
      const ingest::Record record = record_of(k);
      const ingest::Decoded*& decoded = decoded_[k % decoded_.size()];
      decoded = &kNothing;
      if (record.kind != ingest::Record::Kind::event) return model::Shard::Hint{record.partition};
      decoded = &decoder_.decode(record.key, record.payload, record.record_time);
      const auto* const event = std::get_if<ingest::Event>(decoded);
      if (event == nullptr) return model::Shard::Hint{record.partition};
      return model::Shard::hint(record.partition, event->user, event->item);
    });
    return *decoded_[at % decoded_.size()];
  }
  // Where the user and the item of that record, the latest one read, most likely are.
  [[nodiscard]] const model::Shard::Hint& hint(std::size_t at) const { return ahead_.hint(at); }

 private:
  model::LookAhead ahead_;
  ingest::Decoder decoder_;  // of as many results as there are records under way
  static constexpr ingest::Decoded kNothing = ingest::RejectReason::none;
  std::array<const ingest::Decoded*, model::LookAhead::kEvents> decoded_{};
};

}  // namespace sluice::pipeline
