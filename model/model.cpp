#include "model/model.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

#include "config/memory_plan.h"

namespace sluice::model {

namespace {
// 1: without the reserves at the end; 2: neighbours without sets
constexpr std::uint32_t kItemsVersion = 3;
// Rows for new items that a shard holds ready, where there are so many: more than the default epochs use.
constexpr std::size_t kReserve = 24'000;

config::Options within_memory(config::Options options, int shards) {
  options.limits.max_items = config::plan_memory(options, static_cast<std::size_t>(shards)).max_items;
  return options;
}
}  // namespace

Model::Model(const config::Options& options, int shards)
    : options_(within_memory(options, shards)),
      reserve_rows_(reserve_rows(options_, shards)),
      parameters_(make_parameters(options.model.parameters)),
      columns_(column_names()),
      items_(item_capacity(options_, shards), options_.limits.max_items, static_cast<std::size_t>(shards)),
      blend_(kColumnCount, kContexts, blend_options(options.model, parameters_)) {
  assert(shards > 0);
  const auto single = std::find(columns_.begin(), columns_.end(), options_.model.ranker);
  if (single != columns_.end()) blend_.rank_by(static_cast<std::size_t>(single - columns_.begin()));
  for (int index = 0; index < shards; ++index) {
    shards_.push_back(std::make_unique<Shard>(options_, parameters_, items_, blend_,
                                              static_cast<std::size_t>(index),
                                              static_cast<std::size_t>(shards)));
  }
  refill_reserves();
}

Model::~Model() = default;

std::size_t Model::item_capacity(const config::Options& options, int shards) {
  const std::size_t reserves = static_cast<std::size_t>(shards) * reserve_rows(options, shards);
  return std::min<std::size_t>(options.limits.max_items + reserves + 1, kMaxItemRows);
}

// An equal part of the rows that the most items leave: whatever the options are, all reserves can be full.
std::size_t Model::reserve_rows(const config::Options& options, int shards) {
  if (shards == 1) return 0;
  const std::size_t all = kMaxItemRows - 1;
  const std::size_t left = all - std::min<std::size_t>(options.limits.max_items, all);
  return std::min(kReserve, left / static_cast<std::size_t>(shards));
}

Blend::Options Model::blend_options(const config::ModelOptions& model, const Parameters& parameters) {
  Blend::Options options{parameters.blend_common_step, parameters.blend_own_step, {}};
  for (const std::string& column : column_names()) {
    const bool named = std::find(model.signals.begin(), model.signals.end(), column) != model.signals.end();
    options.enabled.push_back(static_cast<char>(model.signals.empty() || named));
  }
  return options;
}

void Model::merge_begin() {
  end_cut_if_released();
  aliases_.clear();
  for (const auto& shard : shards_) name_new_items(*shard);
  if (!aliases_.empty()) {
    for (const auto& shard : shards_) shard->rename_items(aliases_);
  }
}

void Model::name_new_items(Shard& shard) {
  for (const Exchange::NewItem& added : shard.exchange_.new_items()) {
    const ItemId known = items_.index.find(added.name);
    if (known == ItemIndex::kNoItem) {
      items_.factors.initialise(added.row, added.name, options_.seed);
      items_.index.bind(added.name, added.row);
    } else {
      aliases_.emplace(added.row, known);
      shard.factors_.rename(added.row, row_of(known));
      shard.exchange_.reserve().push_back(added.row);
    }
  }
}

void Model::merge_slice(int slice) {
  const auto owned = static_cast<std::size_t>(slice);
  if (shards_.size() == 1) return;
  for (const auto& shard : shards_) shard->exchange_.apply(owned, aliases_);
  std::vector<const FactorView*> views;
  for (const auto& shard : shards_) views.push_back(&shard->factors_);
  merge_factors(items_.factors, views, owned, parameters_.factor_leak);
}

void Model::merge_end() {
  if (shards_.size() > 1) {
    std::vector<const Blend*> blends;
    for (const auto& shard : shards_) blends.push_back(&shard->own_blend_);
    blend_.merge(blends);
    while (items_.index.size() > items_.max_items) items_.evict_one();
    refill_reserves();
  }
  const Timestamp now = stream_time();
  for (const auto& shard : shards_) shard->begin_epoch(now);
  move_users();
  epoch_ = Epoch{static_cast<std::uint64_t>(epoch_) + 1};
}

Timestamp Model::stream_time() const {
  Timestamp latest{};
  for (const auto& shard : shards_) latest = std::max(latest, shard->stream_time());
  return latest;
}

void Model::merge() {
  merge_begin();
  for (int slice = 0; slice < shards(); ++slice) merge_slice(slice);
  merge_end();
}

// In shard order, so that rows do not depend on timing. What a shard holds in excess goes back first.
void Model::refill_reserves() {
  for (const auto& shard : shards_) {
    auto& reserve = shard->exchange_.reserve();
    for (; reserve.size() > reserve_rows_; reserve.pop_back()) items_.index.release(reserve.back());
  }
  for (const auto& shard : shards_) {
    auto& reserve = shard->exchange_.reserve();
    std::vector<ItemRow> fresh;
    while (reserve.size() + fresh.size() < reserve_rows_) {
      const ItemRow row = items_.index.reserve();
      if (row == kNoRow) break;
      fresh.push_back(row);
    }
    reserve.insert(reserve.begin(), fresh.rbegin(), fresh.rend());
  }
}

bool Model::wants_merge() const {
  return std::any_of(shards_.begin(), shards_.end(), [](const auto& shard) { return shard->wants_merge(); });
}

ItemCut::Frame Model::items_frame() const {
  ByteWriter head;
  head.put(kItemsVersion);
  head.put(static_cast<std::uint32_t>(columns_.size()));
  for (const std::string& column : columns_) head.put_string(column);
  head.put(epoch_);
  head.put(shards_.front()->stream_time());
  ByteWriter tail;
  blend_.save(tail);
  tail.put(static_cast<std::uint32_t>(shards_.size()));
  for (const auto& shard : shards_) {
    tail.put(shard->events_);
    tail.put(shard->evicted_users_);
  }
  for (const auto& shard : shards_) tail.put_array(std::span<const ItemRow>(shard->exchange_.reserve()));
  return {head.take(), tail.take()};
}

std::shared_ptr<ItemCut> Model::begin_cut() {
  cut_ = std::make_shared<ItemCut>(items_, items_frame(), shards_.size());
  items_.watch(cut_.get());
  for (const auto& shard : shards_) shard->begin_cut(cut_);
  return cut_;
}

void Model::end_cut_if_released() {
  if (cut_ == nullptr || !cut_->released()) return;
  items_.watch(nullptr);
  cut_.reset();
}

void Model::save_items(ByteWriter& out) const {
  ItemCut cut(items_, items_frame(), 1);
  while (!cut.whole()) cut.save_some(0, std::numeric_limits<std::size_t>::max());
  cut.take().move_into(out);
}

bool Model::load_items(ByteReader& in) {
  const auto version = in.get<std::uint32_t>();
  if (version < 1 || version > kItemsVersion) return false;
  std::vector<std::string> columns(std::min<std::size_t>(in.get<std::uint32_t>(), Blend::kMaxColumns));
  for (std::string& column : columns) column = in.get_string();
  epoch_ = in.get<Epoch>();
  const auto stream_time = in.get<Timestamp>();
  for (const auto& shard : shards_) {  // rows that wait in reserves are not in use
    for (const ItemRow row : shard->exchange_.reserve()) items_.index.release(row);
    shard->exchange_.reserve().clear();
  }
  items_.index = ItemIndex{};
  Blend other(columns.size(), kContexts, {});  // of other columns: the blend begins anew
  if (!items_.load(version > 2, in) || !(columns == columns_ ? blend_ : other).load(in)) return false;
  const auto saved_shards = in.get<std::uint32_t>();
  for (std::uint32_t index = 0; index < saved_shards && in.ok(); ++index) {
    Shard& shard = *shards_[index % shards_.size()];
    shard.events_ += in.get<std::uint64_t>();
    shard.evicted_users_ += in.get<std::uint64_t>();
  }
  if (!load_reserves(version, saved_shards, in)) return false;
  while (items_.index.size() > items_.max_items) items_.evict_one();
  refill_reserves();
  for (const auto& shard : shards_) shard->begin_epoch(stream_time);
  return in.ok();
}

// As they were; what another number of shards had in reserve is free, for each to take its own.
bool Model::load_reserves(std::uint32_t version, std::uint32_t saved_shards, ByteReader& in) {
  std::vector<char> unaccounted(items_.index.rows());
  for (ItemRow row = 0; row < items_.index.rows(); ++row) unaccounted[row] = !items_.index.bound(row);
  for (const ItemRow row : items_.index.free_rows()) unaccounted[row] = 0;
  const bool keep = saved_shards == shards_.size();
  for (std::uint32_t index = 0; version > 1 && index < saved_shards; ++index) {
    for (const ItemRow row : in.get_array<ItemRow>()) {
      if (row >= unaccounted.size() || std::exchange(unaccounted[row], 0) == 0) return false;
      if (keep) {
        shards_[index]->exchange_.reserve().push_back(row);
      } else {
        items_.index.release(row);
      }
    }
  }
  // Version 1 says nothing of the reserves.
  for (ItemRow row = 0; row < unaccounted.size(); ++row) {
    if (unaccounted[row] != 0) items_.index.release(row);
  }
  return in.ok();
}

Stats Model::stats() const {
  Stats stats;
  stats.items = items_.index.size();
  stats.evicted_items = items_.evictions;
  stats.epoch = epoch_;
  stats.bytes = items_.bytes();
  for (const auto& shard : shards_) {
    stats.users += shard->users();
    stats.events += shard->events();
    stats.bytes += shard->bytes();
    stats.evicted_users += shard->evicted_users();
    stats.restarted_factors += shard->restarted_factors();
    stats.moved_users += shard->moved_users();
    stats.untaught += shard->untaught();
  }
  return stats;
}

}  // namespace sluice::model
