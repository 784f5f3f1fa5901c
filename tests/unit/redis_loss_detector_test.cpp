#include <gtest/gtest.h>

#include "sink/loss_detector.h"

namespace sluice::sink {
namespace {

using Verdict = LossDetector::Verdict;

// One key of a Redis, as SET NX and GET see it.
struct Canary {
  std::string value;
  Verdict look(LossDetector& detector) {
    const std::string offer = detector.fresh_canary();
    if (value.empty()) value = offer;
    return detector.saw_canary(value);
  }
};

TEST(LossDetector, redis_that_keeps_its_data_is_intact) {
  Canary redis{"somebody-1"};
  LossDetector detector("a");
  detector.saw_run_id("r1");
  EXPECT_EQ(redis.look(detector), Verdict::intact);
  detector.saw_run_id("r1");
  EXPECT_EQ(redis.look(detector), Verdict::intact);
}

TEST(LossDetector, empty_redis_at_the_first_look_is_no_loss) {
  Canary redis;
  LossDetector detector("a");
  EXPECT_EQ(redis.look(detector), Verdict::first_empty);
  EXPECT_EQ(redis.look(detector), Verdict::intact);
}

TEST(LossDetector, vanished_canary_is_a_loss_once) {
  Canary redis;
  LossDetector detector("a");
  redis.look(detector);
  redis.value.clear();
  EXPECT_EQ(redis.look(detector), Verdict::lost);
  EXPECT_EQ(redis.look(detector), Verdict::intact);
}

TEST(LossDetector, every_instance_learns_of_a_loss_whoever_looks_first) {
  Canary redis;
  LossDetector a("a");
  LossDetector b("b");
  redis.look(a);
  EXPECT_EQ(redis.look(b), Verdict::intact);
  redis.value.clear();
  EXPECT_EQ(redis.look(a), Verdict::lost);
  EXPECT_EQ(redis.look(b), Verdict::lost);
}

TEST(LossDetector, new_run_id_is_a_loss_even_with_the_canary_in_place) {
  Canary redis;
  LossDetector detector("a");
  detector.saw_run_id("r1");
  redis.look(detector);
  detector.saw_run_id("r2");
  EXPECT_EQ(redis.look(detector), Verdict::lost);
  EXPECT_EQ(redis.look(detector), Verdict::intact);
}

TEST(LossDetector, run_id_that_is_not_to_be_had_says_nothing) {
  Canary redis;
  LossDetector detector("a");
  detector.saw_run_id("r1");
  redis.look(detector);
  detector.saw_run_id("");
  EXPECT_EQ(redis.look(detector), Verdict::intact);
}

TEST(LossDetector, run_id_is_found_in_info) {
  EXPECT_EQ(run_id_of("# Server\r\nredis_version:7.0\r\nrun_id:abc123\r\ntcp_port:1\r\n"), "abc123");
  EXPECT_EQ(run_id_of("# Server\r\n"), "");
}

}  // namespace
}  // namespace sluice::sink
