#include "model/exchange.h"

namespace sluice::model {

Exchange::Found Exchange::find_or_add(std::string_view name) {
  const ItemId known = items_.index.find(name);
  if (known != ItemIndex::kNoItem) return {known, false};
  if (direct()) {
    const ItemRow row = items_.make_room();
    return {items_.index.bind(name, row), true};
  }
  const std::string text(name);
  const auto met = new_by_name_.find(text);
  if (met != new_by_name_.end()) return {items_.index.id_of(met->second), false};
  if (reserve_.empty()) return {ItemIndex::kNoItem, false};
  const ItemRow row = reserve_.back();
  reserve_.pop_back();
  new_by_name_.emplace(text, row);
  new_by_row_.emplace(row, new_items_.size());
  new_items_.push_back({row, text});
  return {items_.index.id_of(row), true};
}

ItemId Exchange::find(std::string_view name) const {
  const ItemId known = items_.index.find(name);
  if (known != ItemIndex::kNoItem || new_by_name_.empty()) return known;
  const auto found = new_by_name_.find(std::string(name));
  return found == new_by_name_.end() ? ItemIndex::kNoItem : items_.index.id_of(found->second);
}

std::string_view Exchange::name(ItemRow row) const {
  const auto found = new_by_row_.find(row);
  return found == new_by_row_.end() ? items_.index.name(row)
                                    : std::string_view(new_items_[found->second].name);
}

void Exchange::apply(std::size_t slice, const Aliases& aliases) {
  if (aliases.empty()) {
    const Log& log = logs_[slice];
    items_.add_all(log.stats, slice);
    items_.covisit.add_all(log.covisit);
    items_.longterm.add_all(log.longterm);
    return;
  }
  // A renamed row may belong to another slice than the one it was logged for.
  for (const Log& log : logs_) apply_renamed(log, slice, aliases);
}

void Exchange::apply_renamed(const Log& log, std::size_t slice, const Aliases& aliases) {
  const auto rename = [&](ItemRow row) {
    const auto found = aliases.find(row);
    return found == aliases.end() ? row : row_of(found->second);
  };
  const auto owned = [&](ItemRow row) { return slice_of(row, logs_.size()) == slice; };
  for (StatsIncrement increment : log.stats) {
    increment.row = rename(increment.row);
    if (owned(increment.row)) items_.add(increment, slice);
  }
  const auto add_renamed = [&](NeighbourTable& table, NeighbourIncrement increment) {
    increment.from = rename(increment.from);
    if (!owned(increment.from)) return;
    const auto found = aliases.find(row_of(increment.to));
    if (found != aliases.end()) increment.to = found->second;
    table.add(increment);
  };
  for (const NeighbourIncrement& increment : log.covisit) add_renamed(items_.covisit, increment);
  for (const NeighbourIncrement& increment : log.longterm) add_renamed(items_.longterm, increment);
}

void Exchange::clear() {
  for (Log& log : logs_) {
    log.stats.clear();
    log.covisit.clear();
    log.longterm.clear();
  }
  new_items_.clear();
  new_by_name_.clear();
  new_by_row_.clear();
}

}  // namespace sluice::model
