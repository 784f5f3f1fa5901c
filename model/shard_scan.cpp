#include "model/shard.h"

namespace sluice::model {

const CatalogueScan& Shard::scan(std::span<const UserRef> users, Timestamp now, std::size_t n) {
  const Blend& blend = current_blend();
  if (!scan_) scan_ = std::make_unique<CatalogueScan>(ItemView{items_, factors_});
  scan_->begin();
  std::vector<const User*> known;
  for (std::size_t u = 0; u < users.size(); ++u) {
    look_ahead(users.subspan(u + 1));
    const UserRef ref = users[u];
    const auto at = partitions_.find(ref.partition);
    const bool alive = at != partitions_.end() && at->second.table.alive(ref.row);
    known.push_back(alive ? &at->second.table[ref.row] : nullptr);
    const Moment moment = moment_of(known.back(), now);
    scorer_.begin(moment);
    scan_->add_user(scorer_.signal<SequenceFactorsSignal>().vector(), moment.context);
    const auto touched = scorer_.slots().rows();
    for (const ItemRow row : touched) items_.stats.prefetch(row);
    for (std::size_t first = 0; first < touched.size(); first += Columns::kBlock) {
      const auto rows = touched.subspan(first, std::min(Columns::kBlock, touched.size() - first));
      touched_common_.set_rows(rows.size());
      scorer_.fill(Reach::touched, moment, rows, touched_common_);
      block_scores_.resize(touched_common_.padded_rows());
      blend.score(touched_common_, kTouchedColumns, moment.context, block_scores_);
      scan_->add_touched(rows, block_scores_);
    }
    scorer_.end();
  }
  scan_->run(scorer_, blend, now, n, [&](std::size_t user, ItemRow row) {
    return known[user] != nullptr && eligible(known[user], row);
  });
  return *scan_;
}

}  // namespace sluice::model
