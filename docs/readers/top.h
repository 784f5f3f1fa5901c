// The best items of a user, as of now, with hiredis and nlohmann/json. Live lists may be kept for a second.
#include <hiredis/hiredis.h>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
using Entry = std::pair<std::string, double>;
inline bool is_seen(const std::string& codes, const std::string& item) {
  uint32_t code = 2166136261u;
  for (unsigned char c : item) code = (code ^ c) * 16777619u;
  code = (code ^ code >> 18) & 0x3FFFF;
  static const char* alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string text = {alphabet[code >> 12], alphabet[code >> 6 & 63], alphabet[code & 63]};
  for (size_t i = 0; i + 3 <= codes.size(); i += 3) if (codes.compare(i, 3, text) == 0) return true;
  return false;
}
inline nlohmann::json get(redisContext* redis, const std::string& key) {
  std::unique_ptr<redisReply, void (*)(void*)> reply((redisReply*)redisCommand(redis, "GET %s", key.c_str()), freeReplyObject);
  return reply && reply->type == REDIS_REPLY_STRING ? nlohmann::json::parse(reply->str, reply->str + reply->len) : nullptr;
}
inline std::vector<Entry> top(redisContext* redis, const std::string& user, size_t n = 20, const std::string& prefix = "sluice") {
  nlohmann::json list = get(redis, prefix + ":user:" + user), live = nlohmann::json::array();
  if (list.is_null() && (list = get(redis, prefix + ":popular")).is_null()) return {};
  const int64_t now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  const int64_t history = list.value("history", 0), pause = now - list.value("last_ms", int64_t{0});
  const int64_t context = history == 0 ? 0 : 3 * history - 2 + (pause >= 1800000) + (pause >= 86400000);
  if (list.contains("base")) if (auto found = get(redis, prefix + ":live:" + std::to_string(context)); !found.is_null()) live = found["items"];
  std::map<std::string, double> common, known; std::vector<Entry> ranked, out;
  for (auto& l : live) common[l[0]] = l[1];
  auto add = [&](const std::string& id, double own, double old) {
    ranked.emplace_back(id, known[id] = own + (common.count(id) ? common[id] : std::min(old, live.back()[1].get<double>()))); };
  for (auto& i : list["items"]) if (live.empty()) ranked.emplace_back(i["id"], i["score"]); else add(i["id"], i["own"], i["common"]);
  if (!live.empty()) for (auto& k : list["kept"]) add(k[0], k[1], k[2]);
  for (auto& l : live) if (!known.count(l[0]) && !is_seen(list["seen"], l[0])) ranked.emplace_back(l[0], list["base"].get<double>() + l[1].get<double>());
  if (!live.empty()) std::stable_sort(ranked.begin(), ranked.end(), [](auto& a, auto& b) { return a.second > b.second; });
  for (auto& entry : ranked) {
    std::unique_ptr<redisReply, void (*)(void*)> is_hidden((redisReply*)redisCommand(redis, "SISMEMBER %s %b", (prefix + ":hidden").c_str(), entry.first.data(), entry.first.size()), freeReplyObject);
    if (is_hidden && is_hidden->integer == 0 && out.size() < n) out.push_back(entry);
  }
  return out;
}
