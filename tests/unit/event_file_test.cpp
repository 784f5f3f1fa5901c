#include "ingest/event_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>

#include "ingest/event_json.h"
#include "ingest/item_titles.h"

namespace sluice::ingest {
namespace {

using testing::HasSubstr;

class EventFileTest : public testing::Test {
 protected:
  EventFileTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-event-file-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~EventFileTest() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& text) {
    const std::string path = folder_ / "events";
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  std::string write_gzip(const std::string& text) {
    const std::string path = folder_ / "events.gz";
    gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);
    return path;
  }
  static std::vector<FileEvent> read_all(EventFile& file) {
    std::vector<FileEvent> events;
    while (auto event = file.next()) events.push_back(*event);
    return events;
  }
  std::vector<FileEvent> read_text(const std::string& text) {
    EventFile file(write(text));
    auto events = read_all(file);
    EXPECT_EQ(file.error(), "");
    EXPECT_EQ(file.progress(), 1.0);
    return events;
  }
  std::string error_of(const std::string& text) {
    EventFile file(write(text));
    (void)read_all(file);
    EXPECT_EQ(file.next(), std::nullopt) << "an error is for good";
    return file.error();
  }

  std::filesystem::path folder_;
};

const FileEvent kFirst{"u1", "i1", "view", 2.5, true, from_unix_ms(1'000)};
const FileEvent kSecond{"u2", "i2", "", 0.0, false, from_unix_ms(2'000)};

TEST_F(EventFileTest, ReadsCsvByTheNamesOfItsColumns) {
  EXPECT_THAT(read_text("timestamp_ms,user,item,value,type\n1000,u1,i1,2.5,view\n2000,u2,i2,,\n"),
              testing::ElementsAre(kFirst, kSecond));
  EXPECT_THAT(read_text("extra,item,type,user,value,timestamp_ms\nx,i1,view,u1,2.5,1000"),
              testing::ElementsAre(kFirst));
  EXPECT_THAT(read_text("item,user,timestamp\ni2,u2,1970-01-01T00:00:02Z\n"), testing::ElementsAre(kSecond));
}

TEST_F(EventFileTest, ReadsQuotedFieldsAndCrlf) {
  const auto events = read_text(
      "\xEF\xBB\xBF\"timestamp_ms\",user,item,value,type\r\n1000,\"a,\"\"b\"\"\",\"line\r\nend\",1,"
      "\"\"\r\n\r\n2000,c,d,2,x\r\n");
  ASSERT_EQ(events.size(), 2);
  EXPECT_EQ(events[0].user, "a,\"b\"");
  EXPECT_EQ(events[0].item, "line\r\nend");
  EXPECT_EQ(events[1].type, "x");
}

TEST_F(EventFileTest, ReadsJsonLines) {
  EXPECT_THAT(
      read_text("\n{\"user\":\"u1\",\"item\":\"i1\",\"type\":\"view\",\"value\":2.5,\"timestamp\":1}\r\n\n"
                "{\"user\":\"u2\",\"item\":\"i2\",\"timestamp\":\"1970-01-01T00:00:02Z\"}"),
      testing::ElementsAre(kFirst, kSecond));
}

TEST_F(EventFileTest, KeepsEventsThatTheMappingWouldFilter) {
  config::EventOptions mapping;
  mapping.user_field = "/u";
  mapping.min_value = 100;
  mapping.default_weight = 0;
  EventFile file(write("{\"u\":\"u1\",\"item\":\"i1\",\"type\":\"view\",\"value\":2.5,\"timestamp\":1}\n"),
                 mapping);
  EXPECT_EQ(file.next(), kFirst);
}

// With all they need and nothing else.
std::vector<FileEvent> control_events_of_files() {
  return {{"u", "", "erase_user", 0.0, false, {}, false},
          {"u", "i", "retract", 0.0, false, from_unix_ms(1'718'000'000'123), true},
          {"u", "i", "retract", 0.0, false, {}, false},
          {"", "i", "hide_item", 0.0, false, {}, false},
          {"", "i", "show_item", 0.0, false, {}, false}};
}

TEST_F(EventFileTest, PassesControlEventsOn) {
  const auto all = testing::ElementsAreArray(control_events_of_files());
  EXPECT_THAT(read_text(R"({"type":"erase_user","user":"u"}
{"type":"retract","user":"u","item":"i","timestamp":1718000000123}
{"type":"retract","user":"u","item":"i"}
{"type":"hide_item","item":"i","user":"an operator","timestamp":7}
{"type":"show_item","item":"i","value":3})"),
              all);
  EXPECT_THAT(
      read_text("user,item,timestamp_ms,type\nu,,,erase_user\nu,i,1718000000123,retract\nu,i,,retract\n"
                ",i,,hide_item\nsomebody,i,1000,show_item\n"),
      all);
  EXPECT_THAT(error_of("user,item,timestamp_ms,type\n,i,1000,erase_user\n"), HasSubstr("line 2"));
  EXPECT_THAT(error_of("user,item,timestamp_ms,type\nu,,1000,hide_item\n"), HasSubstr("line 2"));
  EXPECT_THAT(error_of("user,item,timestamp_ms,type\nu,i,x,retract\n"), HasSubstr("bad timestamp 'x'"));
}

TEST_F(EventFileTest, ControlEventsAreTheSameAgainAfterTheyWereSent) {
  std::string lines;
  for (const FileEvent& event : control_events_of_files()) lines += event_json(event) + "\n";
  EXPECT_THAT(read_text(lines), testing::ElementsAreArray(control_events_of_files()));
}

TEST_F(EventFileTest, ReadsGzipByContent) {
  std::string text = "timestamp_ms,user,item,value,type\n";
  for (int i = 0; i < 50'000; ++i) text += std::to_string(i) + ",user" + std::to_string(i) + ",item,1,view\n";
  EventFile file(write_gzip(text));
  double progress = 0;
  std::size_t count = 0;
  while (file.next()) {
    ++count;
    ASSERT_GE(file.progress(), progress);
    progress = file.progress();
  }
  EXPECT_EQ(file.error(), "");
  EXPECT_EQ(count, 50'000);
  EXPECT_EQ(progress, 1.0);
}

TEST_F(EventFileTest, TellsOfAGzipFileThatWasCutOff) {
  std::string text = "timestamp_ms,user,item,value,type\n";
  for (int i = 0; i < 50'000; ++i)
    text += std::to_string(i * 7919 % 50'000) + ",user" + std::to_string(i) + ",item,1,view\n";
  const std::string path = write_gzip(text);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  EventFile file(path);
  EXPECT_LT(read_all(file).size(), 50'000);
  EXPECT_THAT(file.error(), HasSubstr("events.gz"));
}

TEST_F(EventFileTest, NamesFileAndLineOfAnError) {
  const std::string header = "timestamp_ms,user,item,value,type\n";
  EXPECT_THAT(error_of(header + "1,u,i,1,t\nx,u,i,1,t\n"), HasSubstr("line 3: bad timestamp 'x'"));
  EXPECT_THAT(error_of(header + "1,u,\"a\nb\",1,t\n1,u,i,nan,t\n"), HasSubstr("line 4: bad value 'nan'"));
  EXPECT_THAT(error_of(header + "1,u,i\n"), HasSubstr("line 2 has 3 fields, the header has 5"));
  EXPECT_THAT(error_of(header + "1,u,\"i,1,t\n"), HasSubstr("line 2 has a quote that is not closed"));
  EXPECT_THAT(error_of(header + "1,u,\"i\"x,1,t\n"), HasSubstr("line 2 has text behind a closing quote"));
  EXPECT_THAT(error_of(header + "1,,i,1,t\n"), HasSubstr("line 2: the user or the item is empty"));
  EXPECT_THAT(error_of("{\"user\":\"u\",\"item\":\"i\",\"timestamp\":1}\n{\"user\":\"u\"}\n"),
              HasSubstr("line 2: missing_item"));
  EXPECT_THAT(error_of("{\"user\":\"u\",\"item\":\"i\"}\n"), HasSubstr("line 1: bad_timestamp"));
  EXPECT_THAT(error_of("a,b,c\n1,2,3\n"), HasSubstr("neither JSON lines nor CSV"));
  EXPECT_THAT(error_of(""), HasSubstr("the file is empty"));
  EXPECT_THAT(error_of("   \n"), HasSubstr("the file is empty"));
}

TEST_F(EventFileTest, TellsWhyAFileCannotBeOpened) {
  EXPECT_THAT(EventFile(folder_ / "none").error(), HasSubstr("none: No such file"));
  EXPECT_THAT(EventFile(folder_).error(), HasSubstr("is a folder"));
}

TEST_F(EventFileTest, ReadsTitles) {
  const auto file =
      read_item_titles(write("item,title,categories\n1,\"Up, up (1999)\",Action|Short\n2,B,\n"));
  EXPECT_EQ(file.error, "");
  EXPECT_EQ(file.titles.find(std::string_view("1"))->second.title, "Up, up (1999)");
  EXPECT_EQ(file.titles.at("1").categories, "Action|Short");
  EXPECT_EQ(file.titles.size(), 2);
  EXPECT_THAT(read_item_titles(folder_ / "none").error, HasSubstr("No such file"));
  EXPECT_THAT(read_item_titles(write("a,b\n")).error, HasSubstr("item and title"));
}

}  // namespace
}  // namespace sluice::ingest
