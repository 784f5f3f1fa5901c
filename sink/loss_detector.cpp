#include "sink/loss_detector.h"

#include <utility>

namespace sluice::sink {

void LossDetector::saw_run_id(std::string_view run_id) {
  if (run_id.empty()) return;
  if (!run_id_.empty() && run_id != run_id_) run_id_changed_ = true;
  run_id_ = run_id;
}

LossDetector::Verdict LossDetector::saw_canary(std::string_view value) {
  const bool is_ours = value.starts_with(nonce_ + "-");
  const bool first = canary_.empty();
  const bool changed = value != canary_ || run_id_changed_;
  run_id_changed_ = false;
  canary_ = value;
  if (first) return is_ours ? Verdict::first_empty : Verdict::intact;
  return changed ? Verdict::lost : Verdict::intact;
}

std::string_view run_id_of(std::string_view info) {
  constexpr std::string_view kField = "run_id:";
  const auto at = info.find(kField);
  if (at == info.npos) return {};
  const std::string_view rest = info.substr(at + kField.size());
  return rest.substr(0, rest.find_first_of("\r\n"));
}

}  // namespace sluice::sink
