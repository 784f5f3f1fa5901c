#pragma once

#include "common/types.h"
#include "model/model.h"
#include "sink/list.h"

namespace sluice::pipeline {

// A ranked list as it goes to Redis, made now. The partition is the user's; -1 for the popular list.
[[nodiscard]] sink::List to_list(const model::RankedList& ranked, const model::Model& model,
                                 PartitionId partition);

}  // namespace sluice::pipeline
