#include <gtest/gtest.h>

#include "ingest/event_time.h"

namespace sluice::ingest {
namespace {

TEST(EventTime, TellsSecondsFromMilliseconds) {
  EXPECT_EQ(parse_unix_time("0"), from_unix_ms(0));
  EXPECT_EQ(parse_unix_time("1718000000"), from_unix_ms(1'718'000'000'000));
  EXPECT_EQ(parse_unix_time("1718000000123"), from_unix_ms(1'718'000'000'123));
  EXPECT_EQ(parse_unix_time("1718000000.1235"), from_unix_ms(1'718'000'000'124));
  EXPECT_EQ(parse_unix_time("1.718e12"), from_unix_ms(1'718'000'000'000));
  EXPECT_EQ(parse_unix_time("7258118400"), kLastEventTime);
  EXPECT_EQ(parse_unix_time("7258118401"), from_unix_ms(7'258'118'401));
}

TEST(EventTime, RefusesNumbersOutsideOfTwoCenturies) {
  for (const char* text : {"-1", "7258118400001", "1718000000123456", "99999999999999999999", "nan", "inf",
                           "1e13", "", "1x", " 1", "-0.5"}) {
    EXPECT_EQ(parse_unix_time(text), std::nullopt) << text;
  }
}

TEST(EventTime, ReadsRfc3339) {
  constexpr Timestamp kMoment = from_unix_ms(1'718'000'000'000);
  EXPECT_EQ(parse_rfc3339("2024-06-10T06:13:20Z"), kMoment);
  EXPECT_EQ(parse_rfc3339("2024-06-10t06:13:20z"), kMoment);
  EXPECT_EQ(parse_rfc3339("2024-06-10 06:13:20.000000Z"), kMoment);
  EXPECT_EQ(parse_rfc3339("2024-06-10T08:43:20+02:30"), kMoment);
  EXPECT_EQ(parse_rfc3339("2024-06-09T22:13:20-08:00"), kMoment);
  EXPECT_EQ(parse_rfc3339("2024-06-10T06:13:20.1Z"), kMoment + std::chrono::milliseconds{100});
  EXPECT_EQ(parse_rfc3339("2024-06-10T06:13:20.12999Z"), kMoment + std::chrono::milliseconds{129});
  EXPECT_EQ(parse_rfc3339("2016-12-31T23:59:60Z"), parse_rfc3339("2017-01-01T00:00:00Z"));
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), kFirstEventTime);
  EXPECT_EQ(parse_rfc3339("2200-01-01T00:00:00Z"), kLastEventTime);
}

TEST(EventTime, RefusesWhatIsNotRfc3339) {
  for (const char* text : {"2024-06-10", "2024-06-10T06:13:20", "2024-6-10T06:13:20Z", "2024-02-30T00:00:00Z",
                           "2023-02-29T00:00:00Z", "2024-06-10T24:00:00Z", "2024-06-10T06:60:00Z",
                           "2024-06-10T06:13:61Z", "2024-06-10T06:13:20.Z", "2024-06-10T06:13:20+2:00",
                           "2024-06-10T06:13:20+24:00", "2024-06-10T06:13:20Zx", "1969-12-31T23:59:59Z",
                           "2200-01-01T00:00:01Z", "0000-00-00T00:00:00Z", "", "T"}) {
    EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
  }
}

TEST(EventTime, TakesDigitsAndRfc3339AsText) {
  EXPECT_EQ(parse_event_time("1718000000"), parse_event_time("2024-06-10T06:13:20Z"));
  EXPECT_EQ(parse_event_time("soon"), std::nullopt);
  EXPECT_EQ(parse_event_time(""), std::nullopt);
  EXPECT_EQ(parse_event_time("."), std::nullopt);
}

}  // namespace
}  // namespace sluice::ingest
