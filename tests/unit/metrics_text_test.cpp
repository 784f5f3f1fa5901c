#include "pipeline/metrics_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::pipeline {
namespace {

using testing::HasSubstr;

TEST(MetricsText, PartitionsReasonsAndKindsBecomeLabels) {
  const std::string text =
      metrics_text({{"lag.my.topic.3", "17"}, {"dead.not_json", "4"}, {"errors.redis_retry", "2"}});
  EXPECT_THAT(text,
              HasSubstr("# TYPE sluice_lag gauge\nsluice_lag{topic=\"my.topic\",partition=\"3\"} 17\n"));
  EXPECT_THAT(text,
              HasSubstr("# TYPE sluice_dead_total counter\nsluice_dead_total{reason=\"not_json\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("sluice_errors_total{kind=\"redis_retry\"} 2\n"));
}

TEST(MetricsText, EachFamilyIsDeclaredOnce) {
  const std::string text = metrics_text({{"lag.a.0", "1"}, {"lag.a.1", "2"}});
  EXPECT_EQ(text.find("# TYPE sluice_lag "), text.rfind("# TYPE sluice_lag "));
}

TEST(MetricsText, TextsBecomeLabelsOfInfo) {
  const std::string text = metrics_text({{"version", "1\"2"}, {"users", "5"}, {"events_per_s", "1.5"}});
  EXPECT_THAT(text, HasSubstr("sluice_info{version=\"1\\\"2\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("sluice_users 5\n"));
  EXPECT_THAT(text, HasSubstr("sluice_events_per_s 1.5\n"));
}

}  // namespace
}  // namespace sluice::pipeline
