#include "pipeline/freshness_histogram.h"

#include <algorithm>
#include <cmath>

namespace sluice::pipeline {

void FreshnessHistogram::record(std::chrono::milliseconds age) {
  const std::size_t bucket = bucket_of(static_cast<double>(std::max<std::int64_t>(0, age.count())));
  counts_[bucket].fetch_add(1, std::memory_order_relaxed);
}

std::optional<FreshnessHistogram::Percentiles> FreshnessHistogram::take() {
  Counts now{};
  for (std::size_t i = 0; i < kBuckets; ++i) now[i] = counts_[i].load(std::memory_order_relaxed);
  const Counts before = earlier_.front();
  earlier_.push_back(now);
  if (earlier_.size() > kWindows) earlier_.pop_front();
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    now[i] -= before[i];
    total += now[i];
  }
  if (total == 0) return std::nullopt;
  return Percentiles{percentile(now, total, 0.50), percentile(now, total, 0.99)};
}

std::size_t FreshnessHistogram::bucket_of(double ms) {
  if (ms < 1) return 0;
  const auto bucket = static_cast<std::size_t>(std::log2(ms) * 8) + 1;
  return std::min(bucket, kBuckets - 1);
}

double FreshnessHistogram::upper_end(std::size_t bucket) {
  return bucket == 0 ? 1.0 : std::exp2(static_cast<double>(bucket) / 8);
}

double FreshnessHistogram::percentile(const Counts& counts, std::uint64_t total, double share) {
  const double wanted = share * static_cast<double>(total);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += counts[i];
    if (static_cast<double>(seen) >= wanted) return upper_end(i);
  }
  return upper_end(kBuckets - 1);
}

}  // namespace sluice::pipeline
