#include "model/shard.h"

namespace sluice::model {

const CatalogueScan& Shard::scan(std::span<const UserRef> users, Timestamp now, std::size_t n) {
  if (!scan_) scan_ = std::make_unique<CatalogueScan>(ItemView{items_, factors_});
  scan_->begin();
  std::vector<const User*> known;
  for (std::size_t u = 0; u < users.size(); ++u) {
    look_ahead(users.subspan(u + 1));
    known.push_back(sound_user(users[u]));
    const Moment moment = moment_of(known.back(), now);
    scorer_.begin(moment);
    scan_->add_user(scorer_.signal<SequenceFactorsSignal>().vector(), moment.context);
    const auto touched = scorer_.slots().rows();
    for (const ItemRow row : touched) items_.stats.prefetch(row);
    for (std::size_t first = 0; first < touched.size(); first += Columns::kBlock) {
      const auto rows = touched.subspan(first, std::min(Columns::kBlock, touched.size() - first));
      score_touched(moment, rows);
      scan_->add_touched(rows, block_scores_);
    }
    scorer_.end();
  }
  scan_->run(scorer_, current_blend(), now, n, [&](std::size_t user, ItemRow row) {
    return known[user] != nullptr && eligible(known[user], row);
  });
  return *scan_;
}

}  // namespace sluice::model
