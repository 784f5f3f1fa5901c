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
}  // namespace

std::vector<std::string> column_names() {
  std::vector<std::string> names;
  [&]<typename... Signal>(std::type_identity<std::tuple<Signal...>>) {
    (names.insert(names.end(), Signal::kColumns.begin(), Signal::kColumns.end()), ...);
  }(std::type_identity<Signals>{});
  for (const Product& product : kProducts) names.emplace_back(product.name);
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
    products_[p] = {place(kProducts[p].left), place(kProducts[p].right)};
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
  columns_.set_rows(rows.size());
  if (columns_.padded_rows() != rows.size()) {
    padded_rows_.assign(rows.begin(), rows.end());
    padded_rows_.resize(columns_.padded_rows(), rows.front());
    rows = padded_rows_;
  }
  std::size_t first = 0;
  std::apply(
      [&](auto&... signal) {
        ((signal.fill(moment_, rows, ColumnsOf(columns_, first)), first += signal.kColumns.size()), ...);
      },
      signals_);
  fill_products();
  return columns_;
}

void Scorer::fill_products() {
  for (std::size_t p = 0; p < kProducts.size(); ++p) {
    multiply_elements(columns_.padded(products_[p].left), columns_.padded(products_[p].right),
                      kProducts[p].scale, columns_.padded(kSignalColumns + p));
  }
}

void Scorer::end() {
  std::apply([](auto&... signal) { (signal.end(), ...); }, signals_);
  slots_.reset();
}

}  // namespace sluice::model
