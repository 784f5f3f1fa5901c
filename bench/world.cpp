#include "bench/world.h"

#include <librdkafka/rdkafka.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <stdexcept>

namespace sluice::bench {
namespace {

constexpr Timestamp kWorldStart = from_unix_ms(1'718'000'000'000);
constexpr std::uint64_t kEventsPerMs = 10;
constexpr std::uint64_t kWorldSeed = 1;

std::string numbered(std::string_view prefix, std::uint32_t number, std::size_t digits) {
  std::array<char, 12> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  const auto size = static_cast<std::size_t>(end - text.data());
  std::string name(prefix);
  if (size < digits) name.append(digits - size, '0');
  return name.append(text.data(), size);
}

std::string short_count(std::uint32_t count) {
  if (count >= 1'000'000 && count % 1'000'000 == 0) return std::to_string(count / 1'000'000) + "M";
  if (count >= 1'000 && count % 1'000 == 0) return std::to_string(count / 1'000) + "k";
  return std::to_string(count);
}

void learn(model::Model& model, const DrawnEvent& event, std::int64_t offset) {
  const std::string user = user_name(event.user);
  const std::string item = item_name(event.item);
  const model::Line line{item, 1, 1, Offset{offset}};
  model.shard(0).learn({partition_of(user), user, event.time, {&line, 1}});
}

sink::Snapshot build_world(const Shape& shape) {
  model::Model model(filling_options(), 1);
  for (int p = 0; p < kPartitions; ++p) model.shard(0).assign(PartitionId{p});
  std::fprintf(stderr, "building a world of %s ...\n", shape.text().c_str());
  EventDraws draws(shape, kWorldSeed, kWorldStart);
  // Negative offsets: a snapshot's user may not be ahead of the offsets it goes on from.
  const auto count = static_cast<std::int64_t>(2) * std::max(shape.users, shape.items);
  for (std::int64_t k = 0; k < count; ++k) {
    DrawnEvent event = draws.next();
    const auto number = static_cast<std::uint32_t>(k / 2);
    if (k % 2 == 0) {  // everybody once, everything once
      event.user = number % shape.users;
      if (number < shape.items) event.item = number;
    }
    learn(model, event, k - count);
    if (model.wants_merge()) model.merge();
  }
  model.merge();
  return snapshot_of(model);
}

}  // namespace

std::string Shape::text() const {
  return short_count(users) + " users, " + short_count(items) + " items, " +
         (uniform ? "uniform" : "Zipf 1.0");
}

Shape scaled(Shape full, const Settings& settings) {
  full.users = settings.scaled(full.users);
  full.items = settings.scaled(full.items);
  return full;
}

std::string user_name(std::uint32_t number) {
  return numbered("user-", number, 7);
}

std::string item_name(std::uint32_t number) {
  return numbered("item-", number, 6);
}

PartitionId partition_of(std::string_view user) {
  return PartitionId{
      rd_kafka_msg_partitioner_murmur2(nullptr, user.data(), user.size(), kPartitions, nullptr, nullptr)};
}

EventDraws::EventDraws(const Shape& shape, std::uint64_t seed, Timestamp start)
    : shape_(shape), random_(model::mix64(seed)), start_(start) {}

DrawnEvent EventDraws::next() {
  DrawnEvent event;
  event.user = draw(shape_.users);
  event.item = draw(shape_.items);
  event.time = start_ + std::chrono::milliseconds(events_++ / kEventsPerMs);
  return event;
}

// The density of exp(u * ln(n + 1)) falls like 1 / x: Zipf's law by one draw. Ranks are spread over the
// numbers, so that hot rows do not lie side by side.
std::uint32_t EventDraws::draw(std::uint32_t count) {
  constexpr std::uint64_t kSpread = 2'654'435'761;  // a prime
  if (shape_.uniform) return random_.below(count);
  const double u = static_cast<double>(random_.next() >> 11) * 0x1.0p-53;
  const auto rank = static_cast<std::uint64_t>(std::exp(u * std::log(static_cast<double>(count) + 1))) - 1;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(rank, count - 1) * kSpread % count);
}

Timestamp world_end() {
  return kWorldStart + std::chrono::hours{1};
}

config::Options default_options() {
  config::Options options;
  options.instance = "bench";
  options.limits.taught_per_day = 0;  // the most active users of a Zipf stream are far above it
  return options;
}

config::Options filling_options() {
  config::Options options = default_options();
  options.model.parameters["negatives"] = 2;
  return options;
}

std::filesystem::path world_folder(const Shape& shape, const Settings& settings) {
  return settings.folder / ("world-" + std::to_string(shape.users) + "-" + std::to_string(shape.items) +
                            (shape.uniform ? "-uniform" : ""));
}

sink::Snapshot make_world(const Shape& shape, const Settings& settings) {
  const auto file = world_folder(shape, settings) / sink::snapshot_file_name(Epoch{1});
  auto loaded = sink::load_snapshot(sink::real_file_system(), file);
  if (loaded.snapshot) return std::move(*loaded.snapshot);
  sink::Snapshot built = build_world(shape);
  built.epoch = Epoch{1};
  const std::string error =
      sink::save_snapshot(sink::real_file_system(), world_folder(shape, settings), built, 1);
  if (!error.empty()) throw std::runtime_error(error);
  return built;
}

std::unique_ptr<model::Model> restore(const sink::Snapshot& snapshot, const config::Options& options,
                                      int shards) {
  auto model = std::make_unique<model::Model>(options, shards);
  ByteReader items(snapshot.sections.at("items"));
  if (!model->load_items(items)) throw std::runtime_error("the world's items cannot be read");
  for (int p = 0; p < kPartitions; ++p) {
    const auto& section = snapshot.sections.at("users/" + std::to_string(p));
    model->know_items(section);
    ByteReader users(section);
    if (!model->shard(p % shards).load_users(PartitionId{p}, users)) {
      throw std::runtime_error("the world's users cannot be read");
    }
  }
  return model;
}

std::unique_ptr<model::Model> make_model(const Shape& shape, const Settings& settings,
                                         const config::Options& options, int shards) {
  const sink::Snapshot snapshot = make_world(shape, settings);
  return restore(snapshot, options, shards);
}

sink::Snapshot snapshot_frame(const model::Model& model) {
  sink::Snapshot snapshot;
  snapshot.instance = default_options().instance;
  snapshot.epoch = model.epoch();
  for (int p = 0; p < kPartitions; ++p) snapshot.applied[{"events", PartitionId{p}}] = Offset{0};
  const std::string_view meta = "{}";
  const auto bytes = std::as_bytes(std::span(meta));
  snapshot.sections["meta"].assign(bytes.begin(), bytes.end());
  return snapshot;
}

sink::Snapshot snapshot_of(model::Model& model) {
  sink::Snapshot snapshot = snapshot_frame(model);
  ByteWriter items;
  model.save_items(items);
  snapshot.sections["items"] = items.take();
  for (int p = 0; p < kPartitions; ++p) {
    ByteWriter users;
    model.shard(p % model.shards()).save_users(PartitionId{p}, users);
    snapshot.sections["users/" + std::to_string(p)] = users.take();
  }
  return snapshot;
}

PreparedGroups::PreparedGroups(EventDraws& draws, std::size_t count) {
  users_.reserve(count);
  items_.reserve(count);
  lines_.reserve(count);
  groups_.reserve(count);
  for (std::size_t k = 0; k < count; ++k) {
    const DrawnEvent event = draws.next();
    const std::string& user = users_.emplace_back(user_name(event.user));
    const std::string& item = items_.emplace_back(item_name(event.item));
    const model::Line& line =
        lines_.emplace_back(model::Line{item, 1, 1, Offset{static_cast<std::int64_t>(k)}});
    groups_.push_back({partition_of(user), user, event.time, {&line, 1}});
  }
}

}  // namespace sluice::bench
