#include "ingest/decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "ingest/event_json.h"

namespace sluice::ingest {
namespace {

constexpr Timestamp kRecordTime = from_unix_ms(1'718'000'000'000);

class DecoderTest : public testing::Test {
 protected:
  Decoded decode(std::string_view payload) { return Decoder(options).decode("key", payload, kRecordTime); }
  Event event(std::string_view payload) {
    decoder.emplace(options);
    const Decoded decoded = decoder->decode("key", payload, kRecordTime);
    if (const auto* reason = std::get_if<RejectReason>(&decoded)) {
      ADD_FAILURE() << payload << " is refused: " << to_string(*reason);
    }
    return std::holds_alternative<Event>(decoded) ? std::get<Event>(decoded) : Event{};
  }
  RejectReason reason(std::string_view payload) {
    const Decoded decoded = decode(payload);
    const auto* found = std::get_if<RejectReason>(&decoded);
    return found == nullptr ? RejectReason::none : *found;
  }
  Control control(std::string_view payload, std::string_view key = "key") {
    decoder.emplace(options);
    return std::get<Control>(decoder->decode(key, payload, kRecordTime));
  }

  config::EventOptions options;
  std::optional<Decoder> decoder;  // its views stay valid in the test
};

TEST_F(DecoderTest, ReadsAllFieldsOfTheDefaultMapping) {
  const Event e = event(R"({"user":"u1","item":"i9","type":"view","value":2.5,"timestamp":1717999999123})");
  EXPECT_EQ(e.user, "u1");
  EXPECT_EQ(e.item, "i9");
  EXPECT_EQ(e.type, "view");
  EXPECT_EQ(e.value, 2.5);
  EXPECT_TRUE(e.has_value);
  EXPECT_EQ(e.weight, 1.0);
  EXPECT_EQ(e.time, from_unix_ms(1'717'999'999'123));
  EXPECT_FALSE(e.time_clamped);
}

TEST_F(DecoderTest, TakesFieldsInAnyOrderAmongOthers) {
  const Event e = event(
      R"( { "x":{"user":"no","a":[1,{"item":2}]}, "timestamp":1717999999, "item":"i", "y":[true,null,-1.5e3], "user":"u" } )");
  EXPECT_EQ(e.user, "u");
  EXPECT_EQ(e.item, "i");
  EXPECT_EQ(e.time, from_unix_ms(1'717'999'999'000));
  EXPECT_FALSE(e.has_value);
  EXPECT_EQ(e.value, 0.0);
}

TEST_F(DecoderTest, ReadsNestedFieldsThroughPointers) {
  options.user_field = "/who/id";
  options.item_field = "/things/1/a~1b";
  options.timestamp_field = "/who/at";
  options.type_field = "";
  options.value_field = "/things/0";
  const Event e = event(
      R"({"type":"ignored","things":[4,{"a/b":"i"}],"who":{"at":"2024-06-10T06:13:00Z","id":17},"user":"no"})");
  EXPECT_EQ(e.user, "17");
  EXPECT_EQ(e.item, "i");
  EXPECT_EQ(e.value, 4.0);
  EXPECT_EQ(e.type, "");
  EXPECT_EQ(e.time, from_unix_ms(1'717'999'980'000));
}

TEST_F(DecoderTest, UnderstandsEscapedNamesAndText) {
  const Event e = event(R"({"us\u0065r":"a\"\u00e9\n","item":"\ud83d\ude00"})");
  EXPECT_EQ(e.user, "a\"\u00e9\n");
  EXPECT_EQ(e.item, "\U0001F600");
}

TEST_F(DecoderTest, TakesTheLastOfARepeatedMember) {
  EXPECT_EQ(event(R"({"user":"a","item":"i","user":"b"})").user, "b");
}

TEST_F(DecoderTest, TakesIntegersOf64BitsAsIds) {
  const Event e = event(R"({"user":-9223372036854775808,"item":18446744073709551615})");
  EXPECT_EQ(e.user, "-9223372036854775808");
  EXPECT_EQ(e.item, "18446744073709551615");
  EXPECT_EQ(event(R"({"user":-0,"item":1})").user, "0");
}

TEST_F(DecoderTest, RefusesIdsThatAreNeitherTextNorInteger) {
  for (const char* id : {"1.0", "1e3", "18446744073709551616", "-9223372036854775809", "true", "[1]", "{}",
                         "\"\"", R"("\ud800")", R"("\udc00x")"}) {
    EXPECT_NE(reason(std::string(R"({"item":"i","user":)") + id + "}"), RejectReason::none) << id;
    EXPECT_NE(reason(std::string(R"({"user":"i","item":)") + id + "}"), RejectReason::none) << id;
  }
  EXPECT_EQ(reason(R"({"user":1.5,"item":"i"})"), RejectReason::bad_user);
  EXPECT_EQ(reason(R"({"user":"u","item":[]})"), RejectReason::bad_item);
}

TEST_F(DecoderTest, BoundsTheLengthOfIdsInBytes) {
  options.max_id_bytes = 4;
  EXPECT_EQ(event(R"({"user":"abcd","item":"i"})").user, "abcd");
  EXPECT_EQ(reason(R"({"user":"abcde","item":"i"})"), RejectReason::bad_user);
  EXPECT_EQ(reason(R"({"user":"u","item":12345})"), RejectReason::none);  // integers are short by nature
  EXPECT_EQ(reason(R"({"user":"u","item":"i","type":"abcde"})"), RejectReason::bad_type);
}

TEST_F(DecoderTest, NamesWhatIsMissing) {
  EXPECT_EQ(reason(R"({"item":"i"})"), RejectReason::missing_user);
  EXPECT_EQ(reason(R"({"user":"u"})"), RejectReason::missing_item);
  EXPECT_EQ(reason(R"({"user":null,"item":"i"})"), RejectReason::missing_user);
  EXPECT_EQ(reason("{}"), RejectReason::missing_user);
}

TEST_F(DecoderTest, RefusesWhatIsNoJsonObject) {
  EXPECT_EQ(decode(std::string_view("x", 0)), Decoded{RejectReason::empty_payload});
  EXPECT_EQ(reason("[1,2]"), RejectReason::not_an_object);
  EXPECT_EQ(reason("\"text\""), RejectReason::not_an_object);
  EXPECT_EQ(reason("17"), RejectReason::not_an_object);
  EXPECT_EQ(reason("null"), RejectReason::not_an_object);
  EXPECT_EQ(reason("   "), RejectReason::not_json);
  EXPECT_EQ(reason("hello"), RejectReason::not_json);
  EXPECT_EQ(reason("[1,2"), RejectReason::not_json);
}

TEST_F(DecoderTest, RefusesMalformedJsonAlsoWhereItIsNotRead) {
  for (const char* tail : {R"("x":tru)", R"("x":01)", R"("x":1.)", R"("x":-)", R"("x":1e)", R"("x":)",
                           R"("x")", R"("x":"\q")", R"("x":[1,])", R"("x":{"a"})", R"("x":nul)", R"("x":1 2)",
                           "\"x\":\"\x01\"", R"("x":"\ud800")", R"(x:1)", R"(,)"}) {
    EXPECT_EQ(reason(std::string(R"({"user":"u","item":"i",)") + tail + "}"), RejectReason::not_json) << tail;
  }
  for (const char* whole :
       {R"({"user":"u","item":"i")", R"({"user":"u","item":"i"}})", R"({"user":"u","item":"i"} x)",
        R"({"user":"u","item":"i"}{})", R"({"user":"u","item":"i)", "{", R"({"user":"u",})"}) {
    EXPECT_EQ(reason(whole), RejectReason::not_json) << whole;
  }
}

TEST_F(DecoderTest, RefusesInvalidUtf8Everywhere) {
  EXPECT_EQ(reason("{\"user\":\"\xff\",\"item\":\"i\"}"), RejectReason::not_json);
  EXPECT_EQ(reason("{\"user\":\"u\",\"item\":\"i\",\"x\":\"\xc3\"}"), RejectReason::not_json);
}

TEST_F(DecoderTest, SurvivesDeepNesting) {
  const std::string open(30'000, '[');
  const std::string close(30'000, ']');
  EXPECT_EQ(reason(R"({"user":"u","item":"i","x":)" + open + close + "}"), RejectReason::not_json);
  EXPECT_EQ(reason(open), RejectReason::not_json);
}

TEST_F(DecoderTest, RefusesLongRecordsUnread) {
  options.max_event_bytes = 30;
  EXPECT_EQ(reason(std::string(31, ' ')), RejectReason::too_large);
  EXPECT_EQ(reason(R"({"user":"u","item":"i"})"), RejectReason::none);
}

TEST_F(DecoderTest, StopsNumbersThatAreNotFiniteOrHuge) {
  for (const char* value : {"1e400", "-1e400", "1000000.1", "-1e7", "\"1\"", "true", "[]"}) {
    EXPECT_EQ(reason(std::string(R"({"user":"u","item":"i","value":)") + value + "}"),
              RejectReason::bad_value)
        << value;
  }
  EXPECT_EQ(reason(R"({"user":"u","item":"i","value":NaN})"), RejectReason::not_json);
  EXPECT_EQ(event(R"({"user":"u","item":"i","value":-1000000})").value, -1e6);
}

TEST_F(DecoderTest, WeighsByTypeAndFiltersWeightZero) {
  options.types = {{"like", 3.0}, {"cancel", -1.0}, {"ping", 0.0}};
  options.default_weight = 0.5;
  EXPECT_EQ(event(R"({"user":"u","item":"i","type":"like"})").weight, 3.0);
  EXPECT_EQ(event(R"({"user":"u","item":"i","type":"cancel"})").weight, -1.0);
  EXPECT_EQ(event(R"({"user":"u","item":"i"})").weight, 0.5);
  decoder.emplace(options);
  const Decoded ping = decoder->decode({}, R"({"user":"u","item":"i","type":"ping"})", kRecordTime);
  EXPECT_EQ(std::get<Filtered>(ping).user, "u");
}

TEST_F(DecoderTest, ScalesAndFiltersByValue) {
  options.value = "scale";
  options.types = {{"buy", 2.0}, {"huge", 1e300}};
  options.min_value = -5;
  EXPECT_EQ(event(R"({"user":"u","item":"i","type":"buy","value":3})").weight, 6.0);
  EXPECT_EQ(event(R"({"user":"u","item":"i","type":"buy"})").weight, 2.0);
  EXPECT_EQ(event(R"({"user":"u","item":"i","type":"huge","value":-2})").weight, -1e6);
  EXPECT_TRUE(std::holds_alternative<Filtered>(decode(R"({"user":"u","item":"i","value":-5.1})")));
  EXPECT_TRUE(std::holds_alternative<Filtered>(decode(R"({"user":"u","item":"i","value":0})")));
}

TEST_F(DecoderTest, ClampsTimesTooFarAheadOfTheRecord) {
  options.max_future = std::chrono::minutes{5};
  const Event late = event(R"({"user":"u","item":"i","timestamp":1718000300001})");
  EXPECT_TRUE(late.time_clamped);
  EXPECT_EQ(late.time, kRecordTime + std::chrono::minutes{5});
  EXPECT_FALSE(event(R"({"user":"u","item":"i","timestamp":1718000300000})").time_clamped);
  EXPECT_EQ(event(R"({"user":"u","item":"i","timestamp":"86400"})").time, from_unix_ms(86'400'000));
}

TEST_F(DecoderTest, TakesTheRecordsTimeWhereTheEventHasNone) {
  EXPECT_EQ(event(R"({"user":"u","item":"i"})").time, kRecordTime);
  EXPECT_EQ(event(R"({"user":"u","item":"i","timestamp":null})").time, kRecordTime);
}

TEST_F(DecoderTest, DoesWithoutARecordTimeIfTheEventHasOne) {
  for (const Timestamp none :
       {Timestamp{}, from_unix_ms(-1), from_unix_ms(std::numeric_limits<std::int64_t>::max()),
        from_unix_ms(std::numeric_limits<std::int64_t>::min())}) {
    decoder.emplace(options);
    const Decoded timed = decoder->decode({}, R"({"user":"u","item":"i","timestamp":1718000300001})", none);
    EXPECT_EQ(std::get<Event>(timed).time, from_unix_ms(1'718'000'300'001));
    const Decoded untimed = decoder->decode({}, R"({"user":"u","item":"i"})", none);
    EXPECT_EQ(std::get<RejectReason>(untimed), RejectReason::bad_timestamp);
  }
}

TEST_F(DecoderTest, RefusesTimesThatAreNone) {
  for (const char* time :
       {"-1", "1e300", "7258118400001", "true", "\"soon\"", "\"\"", "{}", "\"2024-13-01T00:00:00Z\""}) {
    EXPECT_EQ(reason(std::string(R"({"user":"u","item":"i","timestamp":)") + time + "}"),
              RejectReason::bad_timestamp)
        << time;
  }
}

TEST_F(DecoderTest, TellsControlEventsFromOthers) {
  const Control erase = control(R"({"type":"erase_user","user":"u"})");
  EXPECT_EQ(erase.kind, Control::Kind::erase_user);
  EXPECT_EQ(erase.user, "u");
  const Control retract = control(R"({"type":"retract","user":"u","item":"i","timestamp":1718009999999})");
  EXPECT_EQ(retract.kind, Control::Kind::retract);
  EXPECT_EQ(retract.item, "i");
  EXPECT_EQ(retract.time, from_unix_ms(1'718'009'999'999));
  EXPECT_EQ(control(R"({"type":"hide_item","item":7})").item, "7");
  EXPECT_EQ(control(R"({"type":"show_item","item":7})").kind, Control::Kind::show_item);
  EXPECT_EQ(reason(R"({"type":"erase_user"})"), RejectReason::missing_user);
  EXPECT_EQ(reason(R"({"type":"retract","user":"u"})"), RejectReason::missing_item);
  EXPECT_EQ(reason(R"({"type":"retract","user":"u","item":"i","timestamp":"x"})"),
            RejectReason::bad_timestamp);
  EXPECT_EQ(reason(R"({"type":"hide_item","user":"u"})"), RejectReason::missing_item);
}

TEST_F(DecoderTest, TakesANullValueForTheEndOfItsKey) {
  const Control erase = control(std::string_view{}, "some-user");
  EXPECT_EQ(erase.kind, Control::Kind::erase_user);
  EXPECT_EQ(erase.user, "some-user");
  EXPECT_TRUE(erase.tombstone);
  EXPECT_FALSE(control(R"({"type":"erase_user","user":"u"})").tombstone);
  EXPECT_EQ(Decoder(options).decode({}, {}, kRecordTime), Decoded{RejectReason::empty_payload});
  EXPECT_EQ(Decoder(options).decode("\xff", {}, kRecordTime), Decoded{RejectReason::bad_user});
}

TEST_F(DecoderTest, KeepsAsManyResultsAsItIsTold) {
  Decoder three(options, 3);
  for (int round = 0; round < 5; ++round) {
    const Decoded& plain = three.decode("key", R"({"user":"plain user","item":"i1"})", kRecordTime);
    const Decoded& escaped = three.decode("key", R"({"user":"\u0065scaped","item":"i\n2"})", kRecordTime);
    const Decoded& gone = three.decode("gone user", {}, kRecordTime);
    EXPECT_EQ(std::get<Event>(plain).user, "plain user");
    EXPECT_EQ(std::get<Event>(plain).item, "i1");
    EXPECT_EQ(std::get<Event>(escaped).user, "escaped");
    EXPECT_EQ(std::get<Event>(escaped).item, "i\n2");
    EXPECT_EQ(std::get<Control>(gone).user, "gone user");
  }
}

TEST_F(DecoderTest, LeavesNothingOfTheEventBefore) {
  decoder.emplace(options);
  const auto next = [&](std::string_view payload) {
    return std::get<Event>(decoder->decode("key", payload, kRecordTime));
  };
  const Event full = next(R"({"user":"u","item":"i","type":"view","value":7,"timestamp":2718000000000})");
  EXPECT_TRUE(full.time_clamped);
  EXPECT_TRUE(full.has_value);
  const Event bare = next(R"({"user":"v","item":"j"})");
  EXPECT_EQ(bare.user, "v");
  EXPECT_FALSE(bare.time_clamped);
  EXPECT_FALSE(bare.has_value);
  EXPECT_EQ(bare.value, 0.0);
  EXPECT_EQ(bare.type, "");
}

TEST_F(DecoderTest, TellsKeysByTheirWholeName) {
  options.type_field = "a key of more than thirteen bytes";
  options.value_field = "";
  const std::string_view payload =
      R"({"users":"no","user" :"u" , "item":"i","item2":"no","a key of more than thirteen bytes":"t","tim":1,"timestamp":1717999999})";
  const Event e = event(payload);
  EXPECT_EQ(e.user, "u");
  EXPECT_EQ(e.item, "i");
  EXPECT_EQ(e.type, "t");
  EXPECT_EQ(e.time, from_unix_ms(1'717'999'999'000));
}

TEST_F(DecoderTest, ReadsNumbersOfAllLengths) {
  for (const char* const number : {"0", "1", "-1", "123456", "0.123456", "0.1234567", "0.12345678",
                                   "0.123456789", "-999999.12345678", "1e5", "12345.5e-12"}) {
    const std::string payload = R"({"user":"u","item":"i","value":)" + std::string(number) + "}";
    EXPECT_EQ(event(payload).value, std::stod(number)) << number;
  }
  EXPECT_EQ(event(R"({"user":1234567,"item":12345678})").user, "1234567");
  EXPECT_EQ(event(R"({"user":123456789,"item":12345678})").item, "12345678");
  for (const char* const number : {"01", "1.", ".5", "12345678.", "1e", "-", "123456789a", "1234567/"}) {
    EXPECT_EQ(reason(R"({"user":"u","item":"i","value":)" + std::string(number) + "}"),
              RejectReason::not_json)
        << number;
  }
}

TEST_F(DecoderTest, IgnoresAByteOrderMark) {
  EXPECT_EQ(event("\xEF\xBB\xBF{\"user\":\"u\",\"item\":\"i\"}").user, "u");
}

TEST_F(DecoderTest, ReadsBackWhatEventJsonWrites) {
  FileEvent sent{"u\"\\\n\u00e9", "\U0001F600 item", "view", 0.1, true, from_unix_ms(1'717'999'999'123)};
  const Event e = event(event_json(sent));
  EXPECT_EQ(e.user, sent.user);
  EXPECT_EQ(e.item, sent.item);
  EXPECT_EQ(e.type, sent.type);
  EXPECT_EQ(e.value, sent.value);
  EXPECT_EQ(e.time, sent.time);
  sent.has_value = false;
  EXPECT_FALSE(event(event_json(sent)).has_value);
}

}  // namespace
}  // namespace sluice::ingest
