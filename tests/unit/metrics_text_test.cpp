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

TEST(MetricsText, TopicsKeepTheirDotsAndErrorsInWordsAreNoLabels) {
  const std::string text = metrics_text({{"partitions.my.topic", "4"},
                                         {"kafka", "away"},
                                         {"kafka_last_error", "refused"},
                                         {"redis_last_error", "OOM"}});
  EXPECT_THAT(text, HasSubstr("sluice_partitions{topic=\"my.topic\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("sluice_info{kafka=\"away\"} 1\n"));
}

TEST(MetricsText, AnInstanceMayBeCalledLikeANumber) {
  const std::string text = metrics_text({{"instance", "0"}, {"version", "1.5"}});
  EXPECT_THAT(text, HasSubstr("sluice_info{instance=\"0\",version=\"1.5\"} 1\n"));
  EXPECT_THAT(text, testing::Not(HasSubstr("sluice_instance")));
}

TEST(MetricsText, EachFamilyIsDeclaredOnce) {
  const std::string text = metrics_text({{"lag.a.0", "1"}, {"lag.a.1", "2"}});
  EXPECT_EQ(text.find("# TYPE sluice_lag "), text.rfind("# TYPE sluice_lag "));
}

TEST(MetricsText, EachFamilySaysWhatItIs) {
  const std::string text =
      metrics_text({{"lists_changed", "3"}, {"merge_us", "1500000"}, {"restored_at_ms", "0"}});
  EXPECT_THAT(text, HasSubstr("# HELP sluice_lists_changed_total Lists out of"));
  EXPECT_THAT(text, HasSubstr("# TYPE sluice_lists_changed_total counter\nsluice_lists_changed_total 3\n"));
  EXPECT_THAT(text, HasSubstr("sluice_merge_seconds_total 1.500000\n")) << "in base units";
  EXPECT_THAT(text, HasSubstr("# HELP sluice_info "));
  EXPECT_THAT(metrics_text({{"nobody_declared_this", "1"}}),
              HasSubstr("} 1\nsluice_nobody_declared_this 1\n"));
}

TEST(MetricsText, TextsBecomeLabelsOfInfo) {
  const std::string text = metrics_text({{"version", "1\"2"}, {"users", "5"}, {"events_per_s", "1.5"}});
  EXPECT_THAT(text, HasSubstr("sluice_info{version=\"1\\\"2\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("sluice_users 5\n"));
  EXPECT_THAT(text, HasSubstr("sluice_events_rate 1.5\n"));
}

}  // namespace
}  // namespace sluice::pipeline
