#include "support/produced_log.h"

#include "common/json.h"

namespace sluice::test {
namespace {

using Kind = ProducedLog::Kind;

Kind kind_of_type(const std::string& type) {
  if (type == "erase_user") return Kind::erase;
  if (type == "retract" || type == "hide_item" || type == "show_item") return Kind::control;
  return type == ProducedLog::kFilteredType ? Kind::filtered : Kind::event;
}

bool is_id(const nlohmann::json& object, const char* name) {
  const auto field = object.find(name);
  return field != object.end() && field->is_string() && !field->get_ref<const std::string&>().empty();
}

ProducedLog::Record judge(std::string_view key, std::string_view payload) {
  if (payload.data() == nullptr) return {Kind::erase, std::string(key), {}};
  const auto object = nlohmann::json::parse(payload, nullptr, false);
  if (!object.is_object()) return {};
  const auto type = object.find("type");
  if (type != object.end() && !type->is_string()) return {};
  ProducedLog::Record record;
  record.kind = type == object.end() ? Kind::event : kind_of_type(type->get<std::string>());
  if (is_id(object, "user")) record.user = object["user"];
  if (is_id(object, "item")) record.item = object["item"];
  const bool is_event = record.kind == Kind::event || record.kind == Kind::filtered;
  const auto value = object.find("value");
  const bool bad_value = value != object.end() && !value->is_number();
  const bool has_time = object.contains("timestamp") && object["timestamp"].is_number();
  if (is_event && (record.user.empty() || record.item.empty() || bad_value || !has_time)) return {};
  return record;
}

}  // namespace

void ProducedLog::add(PartitionId partition, Offset offset, std::string_view key, std::string_view payload) {
  Record record = judge(key, payload);
  const std::lock_guard lock(mutex_);
  contents_[partition].insert_or_assign(offset, std::move(record));
}

ProducedLog::Contents ProducedLog::contents() const {
  const std::lock_guard lock(mutex_);
  return contents_;
}

std::size_t ProducedLog::size() const {
  const std::lock_guard lock(mutex_);
  std::size_t records = 0;
  for (const auto& [partition, log] : contents_) records += log.size();
  return records;
}

}  // namespace sluice::test
