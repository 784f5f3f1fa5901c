#include "ingest/file_dead_letters.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/json.h"

namespace sluice::ingest {
namespace {

using std::chrono::milliseconds;

DeadLetter letter(std::string_view payload) {
  return {.origin = {"events", PartitionId{3}},
          .offset = Offset{17},
          .record_time = from_unix_ms(1'718'000'000'123),
          .key = "u1",
          .payload = payload,
          .headers = {{"trace", "7"}, {"raw", "\xff\x01"}, {"none", {}}},
          .reason = RejectReason::not_json};
}

class FileDeadLettersTest : public testing::Test {
 protected:
  FileDeadLettersTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-dead-letters-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ / "dead.jsonl";
  }
  ~FileDeadLettersTest() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::vector<nlohmann::json> lines() const {
    std::vector<nlohmann::json> found;
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) found.push_back(nlohmann::json::parse(line));
    return found;
  }

  std::filesystem::path folder_;
  std::string path_;
};

TEST_F(FileDeadLettersTest, TellsOriginReasonAndContent) {
  const auto line = nlohmann::json::parse(dead_letter_line(letter("{\"user\"")));
  EXPECT_EQ(line, nlohmann::json::parse(R"({"reason":"not_json","topic":"events","partition":3,"offset":17,
      "timestamp_ms":1718000000123,"key":"u1","payload":"{\"user\"","headers":[{"name":"trace","value":"7"},
      {"name":"raw","value_base64":"/wE="},{"name":"none","value":null}]})"));
}

TEST_F(FileDeadLettersTest, WritesBytesThatAreNoTextInBase64) {
  const auto payload = [](std::string_view bytes) {
    return nlohmann::json::parse(dead_letter_line(letter(bytes)))["payload_base64"];
  };
  EXPECT_EQ(payload("\xff"), "/w==");
  EXPECT_EQ(payload("\xff\xfe\xfd"), "//79");
  EXPECT_EQ(payload("\xff"
                    "abc"),
            "/2FiYw==");
  EXPECT_TRUE(nlohmann::json::parse(dead_letter_line(letter({})))["payload"].is_null());
  EXPECT_EQ(nlohmann::json::parse(dead_letter_line(letter("")))["payload"], "");
}

TEST_F(FileDeadLettersTest, AcknowledgesWhatIsSynced) {
  FileDeadLetters sink(path_);
  EXPECT_TRUE(sink.send(letter("a")));
  EXPECT_TRUE(sink.send(letter("b")));
  EXPECT_EQ(sink.sent(), 2);
  EXPECT_EQ(sink.acknowledged(), 0);
  EXPECT_TRUE(sink.flush(sink.sent(), milliseconds{0}));
  EXPECT_EQ(sink.acknowledged(), 2);
  EXPECT_EQ(lines().size(), 2);
}

TEST_F(FileDeadLettersTest, AppendsAndEndsALineThatWasCutOff) {
  { EXPECT_TRUE(FileDeadLetters(path_).send(letter("first"))); }
  std::ofstream(path_, std::ios::app) << "\"cut off\"";
  { EXPECT_TRUE(FileDeadLetters(path_).send(letter("second"))); }
  ASSERT_EQ(lines().size(), 3);
  EXPECT_EQ(lines()[2]["payload"], "second");
}

TEST_F(FileDeadLettersTest, RefusesWhenTheDiskIsFullAndLosesNothing) {
  FileDeadLetters sink("/dev/full");
  const std::string payload(10'000, 'x');
  int taken = 0;
  while (taken < 1'000 && sink.send(letter(payload))) ++taken;
  EXPECT_GT(taken, 90);
  EXPECT_LT(taken, 110) << "bounded by 1 MiB";
  EXPECT_FALSE(sink.flush(sink.sent(), milliseconds{0}));
  EXPECT_EQ(sink.acknowledged(), 0);
  EXPECT_EQ(sink.sent(), taken);
  EXPECT_EQ(sink.failure(), "");
}

TEST_F(FileDeadLettersTest, ThrowsIfTheFileCannotBeOpened) {
  EXPECT_THROW(FileDeadLetters("/nonexistent/x"), std::runtime_error);
}

TEST_F(FileDeadLettersTest, IsChosenByTheConfiguration) {
  config::Options options;
  options.events.on_bad = "file";
  options.events.dead_letter_file = path_;
  ASSERT_TRUE(make_dead_letter_sink(options)->send(letter("x")));
  EXPECT_EQ(lines().size(), 1);
  options.events.on_bad = "topic";
  const auto dropping = make_dead_letter_sink(options);
  ASSERT_TRUE(dropping->send(letter("x")));
  EXPECT_TRUE(dropping->flush(1, milliseconds{0}));
  EXPECT_EQ(dropping->acknowledged(), 1);
  EXPECT_EQ(lines().size(), 1) << "no topic is named: dropped";
}

}  // namespace
}  // namespace sluice::ingest
