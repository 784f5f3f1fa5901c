#pragma once

#include "common/types.h"
#include "model/model.h"
#include "sink/list.h"
#include "sink/live_list.h"

namespace sluice::pipeline {

// A ranked list as it goes to Redis, made now; `for_merging`: with the parts of its scores and what was kept.
// The partition is the user's; -1 for the popular list.
[[nodiscard]] sink::List to_list(const model::RankedList& ranked, const model::Model& model,
                                 PartitionId partition, bool for_merging);

// A live list as it goes to Redis, made now from the stream up to `now`.
[[nodiscard]] sink::LiveList to_live_list(const model::LiveRanking& ranked, std::uint32_t context,
                                          Epoch epoch, Timestamp now);

}  // namespace sluice::pipeline
