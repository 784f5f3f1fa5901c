#include <simdjson.h>

#include <cstring>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "bench/measure.h"
#include "bench/row_table.h"
#include "bench/stage.h"
#include "bench/world.h"
#include "ingest/decoder.h"
#include "ingest/event_json.h"
#include "pipeline/read_ahead.h"

namespace sluice::bench {
namespace {

constexpr std::size_t kBatch = 512;  // as a shard polls

struct Payloads {
  std::vector<std::string> texts;
  std::vector<PartitionId> partitions;  // of their users
};

Payloads make_payloads(const Shape& shape, std::size_t count) {
  EventDraws draws(shape, 2, world_end());
  Payloads payloads;
  for (std::size_t k = 0; k < count; ++k) {
    const DrawnEvent drawn = draws.next();
    ingest::FileEvent event;
    event.user = user_name(drawn.user);
    event.item = item_name(drawn.item);
    event.type = "view";
    event.value = 1.0;
    event.time = drawn.time;
    payloads.texts.push_back(ingest::event_json(event));
    payloads.partitions.push_back(partition_of(event.user));
  }
  return payloads;
}

// What a shard does with each payload before it learns: decodes it, finds the user and the item.
class Ours {
 public:
  explicit Ours(model::Model& model)
      : decoder_(config::EventOptions{}),
        ahead_(config::EventOptions{}, model.shard(0), pipeline::ReadAhead::Work::find),
        items_(model.items().index),
        shard_(model.shard(0)) {}

  void decode(const std::vector<std::string>& payloads) {
    for (const std::string& payload : payloads) check(decoder_.decode({}, payload, Timestamp{}));
  }

  void decode_and_find(const std::vector<std::string>& payloads, const std::vector<PartitionId>& partitions) {
    for (std::size_t k = 0; k < payloads.size(); ++k) {
      const std::size_t first = k / kBatch * kBatch;
      const ingest::Event& event =
          check(ahead_.read(k - first, std::min(kBatch, payloads.size() - first), [&](std::size_t next) {
            ingest::Record record;
            record.partition = partitions[first + next];
            record.payload = payloads[first + next];
            return record;
          }));
      const model::Shard::Hint& hint = ahead_.hint(k - first);
      keep(shard_.find(partitions[k], event.user, hint.user_row));
      keep(items_.find_guessed(event.item, hint.item_row));
    }
  }

 private:
  static const ingest::Event& check(const ingest::Decoded& decoded) {
    const auto* const event = std::get_if<ingest::Event>(&decoded);
    if (event == nullptr) throw std::runtime_error("an event was not decoded");
    return *event;
  }

  ingest::Decoder decoder_;
  pipeline::ReadAhead ahead_;
  const model::ItemIndex& items_;
  model::Shard& shard_;
};

// The same without a check, for one fixed order of the fields, and with ids looked up by hash alone.
class Bare {
 public:
  Bare(const Shape& shape) : users_(shape.users), items_(shape.items), padded_(1024) {
    for (std::uint32_t k = 0; k < shape.users; ++k) users_.add(user_name(k), k);
    for (std::uint32_t k = 0; k < shape.items; ++k) items_.add(item_name(k), k);
  }

  template <bool FindIds>
  void run(const std::vector<std::string>& payloads) {
    std::vector<std::uint64_t> user_hashes;
    std::vector<std::uint64_t> item_hashes;
    for (std::size_t first = 0; first < payloads.size(); first += kBatch) {
      user_hashes.clear();
      item_hashes.clear();
      const std::size_t last = std::min(payloads.size(), first + kBatch);
      for (std::size_t k = first; k < last; ++k) {
        decode(payloads[k]);
        if constexpr (FindIds) {
          user_hashes.push_back(RowTable::hash_of(user_));
          item_hashes.push_back(RowTable::hash_of(item_));
          users_.prefetch(user_hashes.back());
          items_.prefetch(item_hashes.back());
        }
      }
      for (const std::uint64_t hash : user_hashes) keep(users_.find(hash));
      for (const std::uint64_t hash : item_hashes) keep(items_.find(hash));
    }
  }

 private:
  void decode(const std::string& payload) {
    std::memcpy(padded_.data(), payload.data(), payload.size());
    simdjson::ondemand::document document;
    simdjson::ondemand::object object;
    std::string_view type;
    double value = 0;
    std::int64_t time = 0;
    const bool read =
        parser_.iterate(padded_.data(), payload.size(), padded_.size()).get(document) == simdjson::SUCCESS &&
        document.get_object().get(object) == simdjson::SUCCESS &&
        object.find_field("user").get_string().get(user_) == simdjson::SUCCESS &&
        object.find_field("item").get_string().get(item_) == simdjson::SUCCESS &&
        object.find_field("type").get_string().get(type) == simdjson::SUCCESS &&
        object.find_field("value").get_double().get(value) == simdjson::SUCCESS &&
        object.find_field("timestamp").get_int64().get(time) == simdjson::SUCCESS;
    if (!read) throw std::runtime_error("the bare decoder cannot read an event");
    keep(value);
    keep(time);
  }

  RowTable users_;
  RowTable items_;
  std::vector<char> padded_;
  simdjson::ondemand::parser parser_;
  std::string_view user_;
  std::string_view item_;
};

}  // namespace

void run_decode(const Settings& settings, const Report& report) {
  const Shape shape = scaled({}, settings);
  const auto [payloads, partitions] = make_payloads(shape, settings.scaled(400'000));
  const auto model = make_model(shape, settings, default_options(), 1);
  Ours ours(*model);
  Bare bare(shape);
  const std::string sizes = shape.text() + ", " + std::to_string(payloads.front().size()) + " bytes";
  const auto decode = measure_beside(
      settings.rounds(),
      [&, &payloads = payloads] { return rate_on_one_core(payloads.size(), [&] { ours.decode(payloads); }); },
      [&] { return rate_on_one_core(payloads.size(), [&] { bare.run<false>(payloads); }); });
  report({"decode_per_s", "decode", sizes, decode.ours, "events/s",
          Figure::Limit{"simdjson, unchecked", decode.limit}, "decode_share"});
  const auto both = measure_beside(
      settings.rounds(),
      [&] { return rate_on_one_core(payloads.size(), [&] { ours.decode_and_find(payloads, partitions); }); },
      [&] { return rate_on_one_core(payloads.size(), [&] { bare.run<true>(payloads); }); });
  report({"decode_ids_per_s", "decode and find ids", sizes, both.ours, "events/s",
          Figure::Limit{"simdjson, hash table", both.limit}, "decode_ids_share"});
}

}  // namespace sluice::bench
