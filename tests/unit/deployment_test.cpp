// What Dockerfile, docker-compose.yml and config/compose.json say of the same thing: no program reads them
// together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "config/load.h"

namespace sluice {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string file_of_the_root(const std::string& name) {
  std::ifstream file(std::string(SLUICE_TESTS_DIR "/../") + name);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return text.str();
}

class Deployment : public testing::Test {
 protected:
  Deployment() {
    const auto loaded =
        config::load_file(SLUICE_TESTS_DIR "/../config/compose.json", {}, config::Purpose::service);
    EXPECT_TRUE(loaded.ok());
    options_ = loaded.options;
    std::istringstream lines(compose_);
    std::string service;
    bool in_services = false;
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty() && line[0] != ' ' && line[0] != '#') in_services = line == "services:";
      const bool is_name = line.size() > 3 && line.starts_with("  ") && line[2] != ' ' && line[2] != '#';
      if (in_services && is_name) service = line.substr(2, line.find(':') - 2);
      if (in_services && !service.empty()) services_[service] += line + "\n";
    }
  }

  const std::string dockerfile_ = file_of_the_root("Dockerfile");
  const std::string compose_ = file_of_the_root("docker-compose.yml");
  std::map<std::string, std::string> services_;  // the lines of each
  config::Options options_;                      // of the image
};

TEST_F(Deployment, TheImageAndComposeKeepSnapshotsWhereTheConfigurationPutsThem) {
  EXPECT_THAT(dockerfile_, HasSubstr("COPY config/compose.json /etc/sluice/sluice.json\n"));
  EXPECT_THAT(dockerfile_, HasSubstr(R"(CMD ["run", "--config", "/etc/sluice/sluice.json"])"));
  EXPECT_THAT(dockerfile_, HasSubstr(" " + options_.snapshot.folder + "\n")) << "made for the program's user";
  EXPECT_THAT(compose_, HasSubstr("- state:" + options_.snapshot.folder + "\n"));
}

TEST_F(Deployment, ComposeStartsWhatTheConfigurationConnectsTo) {
  EXPECT_THAT(services_["kafka"], HasSubstr("INSIDE://" + options_.kafka.brokers + ","));
  EXPECT_THAT(services_["producer"], HasSubstr("\"" + options_.kafka.brokers + "\""));
  EXPECT_THAT(services_["topics"], HasSubstr("for topic in " + options_.kafka.topics.front() + " " +
                                             options_.kafka.dead_letter_topic + "; do"));
  EXPECT_THAT(options_.redis.url, HasSubstr("//redis:6379"));
  EXPECT_TRUE(services_.contains("redis"));
  const std::string port = options_.http.listen.substr(options_.http.listen.rfind(':'));
  for (const char* const instance : {"sluice", "second"})
    EXPECT_THAT(services_[instance], HasSubstr(port + "\n"));
}

TEST_F(Deployment, EveryInstanceHasANameOfItsOwn) {
  EXPECT_THAT(services_["second"], HasSubstr("SLUICE_INSTANCE: "));
  EXPECT_THAT(services_["second"], Not(HasSubstr("SLUICE_INSTANCE: " + options_.instance + "\n")));
}

// Docker makes an anonymous volume of each path that an image declares and nobody mounts, for every
// container.
TEST_F(Deployment, NoContainerLeavesAnAnonymousVolumeBehind) {
  const std::map<std::string, std::vector<std::string>> declared = {
      {"image: apache/kafka:", {"/etc/kafka/secrets", "/var/lib/kafka/data", "/mnt/shared/config"}},
      {"image: redis:", {"/data"}}};
  for (const auto& [service, lines] : services_) {
    for (const auto& [image, paths] : declared) {
      if (lines.find(image) == lines.npos) continue;
      for (const std::string& path : paths) {
        EXPECT_TRUE(lines.find("target: " + path + "}") != lines.npos ||
                    lines.find(":" + path + "\n") != lines.npos)
            << service << " " << path;
      }
    }
  }
  EXPECT_THAT(dockerfile_, Not(HasSubstr("\nVOLUME")));
}

}  // namespace
}  // namespace sluice
