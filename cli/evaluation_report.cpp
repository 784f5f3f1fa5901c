#include "cli/evaluation_report.h"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace sluice::cli {

namespace {
double hit_rate10(const RankSums& sums) {
  return sums.mean(static_cast<double>(sums.hits10));
}

nlohmann::ordered_json curve_json(const CurveSums& sums) {
  auto curve = nlohmann::ordered_json::array();
  for (const RankSums& window : sums.windows) curve.push_back(hit_rate10(window));
  return curve;
}

double learn_rate(const PrequentialFigures& figures) {
  return figures.learn_cpu_seconds > 0 ? static_cast<double>(figures.events) / figures.learn_cpu_seconds : 0;
}

std::string format_row(const std::string& name, double value, const char* form) {
  char text[96];
  std::snprintf(text, sizeof text, form, value);
  return "  " + name + std::string(name.size() < 24 ? 24 - name.size() : 1, ' ') + text + "\n";
}

nlohmann::ordered_json rates_json(const RankSums& sums) {
  return {{"hit_rate", {{"10", hit_rate10(sums)}, {"20", sums.mean(static_cast<double>(sums.hits20))}}},
          {"mrr20", sums.mean(sums.reciprocal20)},
          {"dcg100", sums.mean(sums.dcg100)}};
}

std::string published_rows(const PrequentialFigures::Published& published) {
  std::string rows = "\n  hit rate at 10 of the list\n";
  rows += format_row("made at the event", hit_rate10(published.requested), "%.4f");
  rows += format_row("published and merged", hit_rate10(published.merged), "%.4f");
  rows += format_row("published, not merged", hit_rate10(published.unmerged), "%.4f");
  return rows;
}
}  // namespace

nlohmann::ordered_json evaluation_json(const PrequentialFigures& figures, double seconds) {
  const RankSums& blend = figures.blend;
  nlohmann::ordered_json json;
  json["events"] = figures.events;
  json["scored"] = blend.scored;
  json["users"] = figures.users;
  json["items"] = figures.items;
  json.update(rates_json(blend));
  json["coverage10"] = figures.coverage10;
  json["novelty10"] = figures.novelty10;
  json["new_users"] = {{"scored", figures.new_users.scored}, {"hit_rate10", hit_rate10(figures.new_users)}};
  if (figures.published) {
    const auto& published = *figures.published;
    json["published"] = {{"requested", rates_json(published.requested)},
                         {"merged", rates_json(published.merged)},
                         {"unmerged", rates_json(published.unmerged)}};
  }
  if (figures.errors.predicted > 0) {
    json["predicted"] = figures.errors.predicted;
    json["rmse"] = figures.errors.rmse();
    json["mae"] = figures.errors.mae();
  }
  json["parts"] = nlohmann::ordered_json::object();
  for (const auto& [name, sums] : figures.parts) {
    json["parts"][name] = {
        {"hit_rate10", hit_rate10(sums)}, {"dcg100", sums.mean(sums.dcg100)}, {"curve", curve_json(sums)}};
  }
  json["curve"] = curve_json(figures.blend);
  json["seconds"] = seconds;
  json["events_per_second_learn"] = learn_rate(figures);
  if (figures.lists_per_second > 0) json["lists_per_second_rank"] = figures.lists_per_second;
  if (figures.candidates_recall10) json["candidates_recall10"] = *figures.candidates_recall10;
  return json;
}

std::string evaluation_table(const PrequentialFigures& figures, double seconds) {
  const RankSums& blend = figures.blend;
  std::string table = format_row("events", static_cast<double>(figures.events), "%.0f");
  table += format_row("scored", static_cast<double>(blend.scored), "%.0f");
  table += format_row("users", static_cast<double>(figures.users), "%.0f");
  table += format_row("items", static_cast<double>(figures.items), "%.0f");
  table += format_row("hit rate at 10", hit_rate10(blend), "%.4f");
  table += format_row("hit rate at 20", blend.mean(static_cast<double>(blend.hits20)), "%.4f");
  table += format_row("MRR at 20", blend.mean(blend.reciprocal20), "%.4f");
  table += format_row("DCG at 100", blend.mean(blend.dcg100), "%.4f");
  table += format_row("coverage at 10", figures.coverage10, "%.4f");
  table += format_row("novelty at 10, bits", figures.novelty10, "%.2f");
  table += format_row("new users, hit rate", hit_rate10(figures.new_users), "%.4f");
  if (figures.errors.predicted > 0) {
    table += format_row("RMSE of values", figures.errors.rmse(), "%.4f");
    table += format_row("MAE of values", figures.errors.mae(), "%.4f");
  }
  table += format_row("seconds", seconds, "%.1f");
  table += format_row("events/s learned", learn_rate(figures), "%.0f");
  if (figures.lists_per_second > 0) table += format_row("lists/s ranked", figures.lists_per_second, "%.0f");
  if (figures.candidates_recall10) {
    table += format_row("best 10 of all found", *figures.candidates_recall10, "%.4f");
  }
  if (figures.published) table += published_rows(*figures.published);
  if (!figures.parts.empty()) table += "\n  each signal alone       hit rate at 10\n";
  std::vector<std::pair<double, std::string>> parts;
  for (const auto& [name, sums] : figures.parts) parts.emplace_back(hit_rate10(sums), name);
  std::sort(parts.rbegin(), parts.rend());
  for (const auto& [rate, name] : parts) table += format_row(name, rate, "%.4f");
  return table;
}

}  // namespace sluice::cli
