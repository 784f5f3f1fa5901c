#include "model/scorer.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace sluice::model {

namespace {
template <std::size_t... I>
Signals make_signals(const ItemView& items, RowSlots& slots, std::index_sequence<I...>) {
  return Signals{std::tuple_element_t<I, Signals>(items, slots)...};
}

constexpr std::array kReaches = {Reach::everybody, Reach::user, Reach::touched};
}  // namespace

std::vector<std::string> column_names() {
  std::vector<std::string> names;
  const auto add_signal = [&]<typename Signal>(std::type_identity<Signal>, Reach reach) {
    if (Signal::kReach == reach) names.insert(names.end(), Signal::kColumns.begin(), Signal::kColumns.end());
  };
  for (const Reach reach : kReaches) {
    [&]<typename... Signal>(std::type_identity<std::tuple<Signal...>>) {
      (add_signal(std::type_identity<Signal>{}, reach), ...);
    }(std::type_identity<Signals>{});
    for (const Product& product : kProducts) {
      if (product.reach == reach) names.emplace_back(product.name);
    }
  }
  return names;
}

Scorer::Scorer(const ItemView& items, std::size_t capacity)
    : slots_(capacity),
      signals_(make_signals(items, slots_, std::make_index_sequence<std::tuple_size_v<Signals>>{})),
      columns_(kColumnCount) {
  const auto names = column_names();
  const auto place = [&](std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    assert(found != names.end());
    return static_cast<std::size_t>(found - names.begin());
  };
  for (std::size_t p = 0; p < kProducts.size(); ++p) {
    products_[p] = {place(kProducts[p].left), place(kProducts[p].right), place(kProducts[p].name)};
  }
}

void Scorer::begin(const Moment& moment) {
  filter_.pass_all();
  begin_signals(moment);
}

void Scorer::begin(const Moment& moment, std::span<const ItemRow> rows) {
  filter_.pass_only(rows);
  begin_signals(moment);
}

void Scorer::begin_signals(const Moment& moment) {
  moment_ = moment;
  std::apply([&](auto&... signal) { (signal.begin(moment_, filter_), ...); }, signals_);
}

const Columns& Scorer::fill(std::span<const ItemRow> rows) {
  fill(rows, columns_);
  return columns_;
}

void Scorer::fill(std::span<const ItemRow> rows, Columns& block) {
  block.set_rows(rows.size());
  for (const Reach reach : kReaches) fill(reach, moment_, rows, block);
}

void Scorer::fill(Reach reach, const Moment& moment, std::span<const ItemRow> rows, Columns& block) {
  const auto padded = pad(rows);
  std::size_t first = reach == Reach::everybody ? 0
                      : reach == Reach::user    ? kUserColumns.first
                                                : kTouchedColumns.first;
  const auto fill_signal = [&](auto& signal) {
    if (signal.kReach != reach) return;
    signal.fill(moment, padded, ColumnsOf(block, first));
    first += signal.kColumns.size();
  };
  std::apply([&](auto&... signal) { (fill_signal(signal), ...); }, signals_);
  fill_products(reach, block);
}

void Scorer::fill_products(Reach reach, Columns& block) const {
  for (std::size_t p = 0; p < kProducts.size(); ++p) {
    if (kProducts[p].reach != reach) continue;
    multiply_elements(block.padded(products_[p].left), block.padded(products_[p].right), kProducts[p].scale,
                      block.padded(products_[p].out));
  }
}

void Scorer::fill_slopes(Columns& block) const {
  std::ranges::fill(block.padded(kUserColumns.first), 1.0F);
  fill_products(Reach::user, block);
}

// Up to a multiple of kLanes, with the first row again.
std::span<const ItemRow> Scorer::pad(std::span<const ItemRow> rows) {
  if (rows.size() == pad_to_lanes(rows.size())) return rows;
  padded_rows_.assign(rows.begin(), rows.end());
  padded_rows_.resize(pad_to_lanes(rows.size()), rows.front());
  return padded_rows_;
}

void Scorer::end() {
  std::apply([](auto&... signal) { (signal.end(), ...); }, signals_);
  slots_.reset();
}

}  // namespace sluice::model
