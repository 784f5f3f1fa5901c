#include "pipeline/link_log.h"

#include <gtest/gtest.h>

namespace sluice::pipeline {
namespace {

using namespace std::chrono_literals;
using Link = LinkLog::Link;

class LinkLogTest : public testing::Test {
 protected:
  // The text of the line written at that second, or "".
  std::string see(Link link, std::chrono::seconds at, const std::string& reason = {}) {
    const auto line = log_.see(link, reason, LinkLog::Clock::time_point{} + at);
    EXPECT_TRUE(!line || line->good == (link == Link::good));
    return line ? line->text : "";
  }
  LinkLog log_{"Kafka"};
};

TEST_F(LinkLogTest, EachChangeIsOneLine) {
  EXPECT_EQ(see(Link::unknown, 0s), "");
  EXPECT_EQ(see(Link::good, 1s), "Kafka is connected");
  EXPECT_EQ(see(Link::good, 2s), "");
  EXPECT_EQ(see(Link::bad, 10s, "Kafka is away: refused"), "Kafka is away: refused");
  EXPECT_EQ(see(Link::bad, 500s, "Kafka is away: refused"), "") << "nothing has changed";
  EXPECT_EQ(see(Link::bad, 501s, "Kafka is away: no such name"), "Kafka is away: no such name");
  EXPECT_EQ(see(Link::good, 510s), "Kafka is back after 500 s");
  EXPECT_EQ(see(Link::good, 900s), "");
}

TEST_F(LinkLogTest, ALinkThatIsBadFromTheStartIsToldAndSoIsItsFirstConnection) {
  EXPECT_EQ(see(Link::bad, 0s, "away"), "away");
  EXPECT_EQ(see(Link::good, 5s), "Kafka is back after 5 s");
}

TEST_F(LinkLogTest, AReturnIsToldAlsoSoonAfterTheFirstConnection) {
  EXPECT_EQ(see(Link::good, 0s), "Kafka is connected");
  EXPECT_EQ(see(Link::bad, 5s, "away"), "away");
  EXPECT_EQ(see(Link::good, 9s), "Kafka is back after 4 s");
}

TEST_F(LinkLogTest, NoLineIsRepeatedWithinAMinuteAndTheLastOneTellsHowThingsAre) {
  EXPECT_EQ(see(Link::bad, 0s, "away"), "away");
  EXPECT_EQ(see(Link::good, 1s), "Kafka is back after 1 s");
  for (int second = 2; second < 60; second += 2) {
    EXPECT_EQ(see(Link::bad, std::chrono::seconds{second}, "away"), "");
    EXPECT_EQ(see(Link::good, std::chrono::seconds{second + 1}), "");
  }
  EXPECT_EQ(see(Link::bad, 60s, "away"), "away") << "it still is";
  EXPECT_EQ(see(Link::good, 70s), "Kafka is back after 10 s");
}

}  // namespace
}  // namespace sluice::pipeline
