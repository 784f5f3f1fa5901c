#include "bench/figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

#include "common/json.h"

namespace sluice::bench {
namespace {

using nlohmann::json;

// What the project asks of a figure or of a share.
struct Target {
  std::string_view name;
  double must;
  double aim;
  bool less_is_better = false;
};
constexpr auto kTargets = std::to_array<Target>({
    {"decode_ids_share", 0.6, 0.8},
    {"learn_events_per_s_100k", 170'000, 300'000},
    {"learn_speedup_2_shards", 1.7, 2.0},
    {"epoch_cost_share", 0.15, 0.05, true},
    {"e2e_events_per_s", 100'000, 200'000},
    {"freshness_p50_ms", 100, 30, true},
    {"freshness_p99_ms", 500, 150, true},
    {"lists_per_s_100k", 40'000, 80'000},
    {"lists_per_s_1m", 40'000, 80'000},
    {"scan_share_gemm", 0.6, 0.8},
    {"redis_share_set", 0.7, 0.9},
    {"snapshot_share_disk", 0.7, 0.9},
    {"snapshot_longest_stall_ms", 20, 5, true},
    {"start_seconds", 5, 2, true},
    {"bytes_per_user", 450, 450, true},
    {"bytes_per_item", 2'500, 2'500, true},
    {"refresh_age_p99", 1.5, 1.5, true},
    {"refresh_lag_p99_s", 1, 1, true},
    {"refresh_redis_bytes_per_user", 1'200, 1'200, true},
});

const Target* find_target(std::string_view name) {
  const auto* const found = std::ranges::find(kTargets, name, &Target::name);
  return found == kTargets.end() ? nullptr : found;
}

bool reaches(const Target& target, double value, double wanted) {
  return target.less_is_better ? value <= wanted : value >= wanted;
}

std::string text_of(double value) {
  std::array<char, 64> text{};
  const int digits = std::abs(value) >= 100 ? 0 : (std::abs(value) >= 10 ? 1 : 3);
  std::string plain(text.data(),
                    static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%.*f", digits, value)));
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(plain.find('.') == plain.npos ? plain.size() : 0) - 3;
       at > (value < 0 ? 1 : 0); at -= 3) {
    plain.insert(static_cast<std::size_t>(at), ",");
  }
  return plain;
}

using Row = std::array<std::string, 8>;

Row row_of(const Figure& figure) {
  Row row = {figure.what, figure.sizes, text_of(figure.value) + " " + figure.unit, "", "", "", "", ""};
  const auto share = share_of(figure);
  if (share) {
    row[3] = text_of(figure.limit->value) + " (" + figure.limit->what + ")";
    row[4] = text_of(*share);
  }
  const Target* target = find_target(figure.name);
  double judged = figure.value;
  if (target == nullptr && share) {
    target = find_target(figure.share_name);
    judged = *share;
  }
  if (target == nullptr) return row;
  row[5] = text_of(target->must);
  row[6] = text_of(target->aim);
  const bool must = reaches(*target, judged, target->must);
  row[7] = !must ? "short" : (reaches(*target, judged, target->aim) ? "aim met" : "must met");
  return row;
}

}  // namespace

std::optional<double> share_of(const Figure& figure) {
  if (!figure.limit || figure.limit->value <= 0) return std::nullopt;
  return figure.value / figure.limit->value;
}

std::string to_line(const Figure& figure) {
  json line = {{"name", figure.name},   {"what", figure.what}, {"sizes", figure.sizes},
               {"value", figure.value}, {"unit", figure.unit}, {"share_name", figure.share_name}};
  if (figure.limit) line["limit"] = {{"what", figure.limit->what}, {"value", figure.limit->value}};
  return line.dump();
}

Figure from_line(const std::string& line) {
  const json read = json::parse(line);
  Figure figure{read["name"], read["what"], read["sizes"],     read["value"],
                read["unit"], {},           read["share_name"]};
  if (read.contains("limit")) {
    figure.limit = Figure::Limit{read["limit"]["what"], read["limit"]["value"]};
  }
  return figure;
}

std::string table_of(const std::vector<Figure>& figures) {
  std::vector<Row> rows = {{"figure", "sizes", "measured", "limit", "share", "must", "aim", ""}};
  for (const Figure& figure : figures) rows.push_back(row_of(figure));
  std::array<std::size_t, std::tuple_size_v<Row>> widths{};
  for (const Row& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  }
  Row dashes;
  for (std::size_t c = 0; c < dashes.size(); ++c) dashes[c].assign(std::max<std::size_t>(1, widths[c]), '-');
  rows.insert(rows.begin() + 1, dashes);
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      text += "| " + row[c] + std::string(widths[c] - std::min(widths[c], row[c].size()), ' ') + " ";
    }
    text += "|\n";
  }
  return text;
}

std::string json_of(const std::vector<Figure>& figures) {
  nlohmann::ordered_json flat = nlohmann::ordered_json::object();
  for (const Figure& figure : figures) {
    flat[figure.name] = figure.value;
    if (figure.limit) flat[figure.name + "_limit"] = figure.limit->value;
    const auto share = share_of(figure);
    if (share && !figure.share_name.empty()) flat[figure.share_name] = *share;
  }
  return flat.dump(2) + "\n";
}

}  // namespace sluice::bench
