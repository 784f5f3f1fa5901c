#pragma once

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace sluice::tests {

// A real Kafka broker for the life of a test, by tests/kafka/broker. Not available() where Java, Maven or the
// artifacts cannot be had: then skip. `properties`: lines of server.properties beside the script's own.
class BrokerProcess {
 public:
  explicit BrokerProcess(const std::string& properties = {}) {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-kafka-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    start(properties);
  }
  BrokerProcess(const BrokerProcess&) = delete;
  BrokerProcess& operator=(const BrokerProcess&) = delete;
  ~BrokerProcess() {
    stop();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] bool available() const { return !bootstrap_.empty(); }
  [[nodiscard]] const std::string& bootstrap_servers() const { return bootstrap_; }
  [[nodiscard]] const std::string& output() const { return output_; }

  // With the data and ports of before, after stop() or kill().
  void start(const std::string& properties = {}) {
    output_ = run("KAFKA_PROPERTIES='" + properties + "' ", "start");
    constexpr std::string_view kName = "bootstrap=";
    const std::size_t at = output_.find(kName);
    if (at == std::string::npos) return;
    const std::size_t first = at + kName.size();
    bootstrap_ = output_.substr(first, output_.find('\n', first) - first);
  }
  void stop() { output_ = run("", "stop"); }
  void kill() { output_ = run("KILL=1 ", "stop"); }

 private:
  std::string run(const std::string& environment, const std::string& command) {
    const std::string line =
        environment + SLUICE_TESTS_DIR "/kafka/broker " + command + " " + folder_ + " 2>&1";
    std::FILE* const pipe = ::popen(line.c_str(), "r");
    if (pipe == nullptr) return {};
    std::string text;
    std::array<char, 4096> buffer{};
    while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
      text.append(buffer.data(), count);
    ::pclose(pipe);
    return text;
  }

  std::string folder_;
  std::string bootstrap_;
  std::string output_;
};

}  // namespace sluice::tests
