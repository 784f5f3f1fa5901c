#include "sink/shown_positions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::sink {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

const TopicPartition kFirst{"my.events", PartitionId{0}};
const TopicPartition kSecond{"my.events", PartitionId{1}};
constexpr Offset kLogEnd{1000};

// Redis answers the question that is open.
void answer(ShownPositions& shown, const ShownPositions::Fields& fields) {
  ASSERT_TRUE(shown.take_question());
  shown.answer(fields);
}

TEST(ShownPositions, nothing_is_allowed_before_redis_was_read) {
  ShownPositions shown;
  shown.assigned(kFirst, kLogEnd);
  const auto position = shown.of(kFirst);
  EXPECT_FALSE(position->allows(kLogEnd));
  EXPECT_FALSE(shown.claim_all({{kFirst, kLogEnd}}));
  answer(shown, {});
  EXPECT_TRUE(position->allows(Offset{0}));
}

TEST(ShownPositions, lists_wait_until_what_is_shown_was_caught_up_with) {
  ShownPositions shown;
  shown.assigned(kFirst, kLogEnd);
  answer(shown, {{"my.events/0", "90"}, {"my.events/1", "7"}, {"rubbish", "x"}, {"my.events/2", ""}});
  EXPECT_FALSE(shown.of(kFirst)->allows(Offset{89}));
  EXPECT_TRUE(shown.of(kFirst)->allows(Offset{90}));
  EXPECT_FALSE(shown.of(kSecond)->allows(Offset{6}));
  EXPECT_TRUE(shown.of({"my.events", PartitionId{2}})->allows(Offset{0}));
}

TEST(ShownPositions, lists_for_everybody_wait_for_every_partition_that_is_held) {
  ShownPositions shown;
  shown.assigned(kFirst, kLogEnd);
  shown.assigned(kSecond, kLogEnd);
  answer(shown, {{"my.events/0", "90"}, {"my.events/1", "7"}});
  EXPECT_FALSE(shown.claim_all({})) << "a spare knows nothing to show";
  EXPECT_FALSE(shown.claim_all({{kFirst, Offset{100}}, {kSecond, Offset{6}}}));
  EXPECT_THAT(shown.take_unwritten(), IsEmpty());
  EXPECT_TRUE(shown.claim_all({{kFirst, Offset{100}}, {kSecond, Offset{8}}}));
  EXPECT_THAT(shown.take_unwritten(), ElementsAre(Pair("my.events/0", "100"), Pair("my.events/1", "8")));
}

TEST(ShownPositions, claims_are_written_once_and_again_where_redis_has_lost_them) {
  ShownPositions shown;
  const auto position = shown.of(kFirst);
  answer(shown, {{"my.events/0", "90"}});
  position->claim(Offset{90});
  EXPECT_THAT(shown.take_unwritten(), IsEmpty());
  position->claim(Offset{95});
  EXPECT_THAT(shown.take_unwritten(), ElementsAre(Pair("my.events/0", "95")));
  EXPECT_THAT(shown.take_unwritten(), IsEmpty());
  shown.ask();
  answer(shown, {{"my.events/0", "60"}});  // an older state of Redis
  EXPECT_TRUE(position->allows(Offset{60}));
  EXPECT_THAT(shown.take_unwritten(), ElementsAre(Pair("my.events/0", "95")));
}

TEST(ShownPositions, what_another_process_wrote_meanwhile_counts_when_a_partition_comes) {
  ShownPositions shown;
  const auto position = shown.of(kFirst);
  answer(shown, {{"my.events/0", "90"}});
  position->claim(Offset{95});
  EXPECT_THAT(shown.take_unwritten(), ElementsAre(Pair("my.events/0", "95")));
  shown.ask();
  ASSERT_TRUE(shown.take_question());
  shown.assigned(kFirst, kLogEnd);
  shown.answer({{"my.events/0", "95"}});  // the answer to what was asked before
  EXPECT_FALSE(position->allows(Offset{95}));
  answer(shown, {{"my.events/0", "200"}});
  EXPECT_FALSE(position->allows(Offset{199}));
  EXPECT_THAT(shown.take_unwritten(), IsEmpty()) << "it never goes back";
  EXPECT_TRUE(position->allows(Offset{200}));
}

TEST(ShownPositions, a_position_of_a_log_that_is_no_more_does_not_count) {
  ShownPositions shown;
  const auto position = shown.of(kFirst);
  answer(shown, {});
  position->claim(Offset{5000});
  EXPECT_THAT(shown.take_unwritten(), ElementsAre(Pair("my.events/0", "5000")));
  shown.assigned(kFirst, kLogEnd);
  answer(shown, {{"my.events/0", "5000"}});
  EXPECT_TRUE(position->allows(Offset{3}));
  EXPECT_THAT(shown.take_unwritten(), IsEmpty()) << "what was claimed before was of that log, too";
  shown.ask();
  answer(shown, {{"my.events/0", "5000"}});
  EXPECT_TRUE(position->allows(Offset{3}));
  position->claim(Offset{3});
  EXPECT_THAT(shown.take_unwritten(), ElementsAre(Pair("my.events/0", "3")));
  shown.ask();
  answer(shown, {{"my.events/0", "2000"}});
  EXPECT_FALSE(position->allows(Offset{1999})) << "the log is longer now";
}

}  // namespace
}  // namespace sluice::sink
