#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::tests {

// Variables of tests/kafka/broker, without single quotes.
struct BrokerSettings {
  std::string properties;  // lines of server.properties beside the script's own
  std::string format;      // arguments of the storage format
  std::string version;     // empty: the script's
};

// A real Kafka broker for the life of a test, by tests/kafka/broker. Not available() where Java, Maven or the
// artifacts cannot be had: then skip. One that does not start though they are there is an error, and thrown.
class BrokerProcess {
 public:
  explicit BrokerProcess(const std::string& properties = {})
      : BrokerProcess(BrokerSettings{properties, {}, {}}) {}
  explicit BrokerProcess(BrokerSettings settings) : settings_(std::move(settings)) {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-kafka-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    start();
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
  // Of another listener, by the place of its port in the script's line ports=.
  [[nodiscard]] std::string address(std::size_t place) const {
    std::istringstream ports(line("ports="));
    std::string port;
    for (std::size_t i = 0; i <= place; ++i) ports >> port;
    return "127.0.0.1:" + port;
  }

  // With the data and ports of before, after stop() or kill().
  void start() {
    constexpr int kNotHere = 77;
    const int status = run("KAFKA_PROPERTIES='" + settings_.properties + "' KAFKA_FORMAT_ARGS='" +
                               settings_.format + "' KAFKA_VERSION='" + settings_.version + "' ",
                           "start");
    if (status != 0 && status != kNotHere) throw std::runtime_error(output_);
    bootstrap_ = line("bootstrap=");
  }
  void stop() { run("", "stop"); }
  void kill() { run("KILL=1 ", "stop"); }

 private:
  // What follows the name in the script's output; empty if it is not there.
  [[nodiscard]] std::string line(std::string_view name) const {
    const std::size_t at = output_.find(name);
    if (at == std::string::npos) return {};
    const std::size_t first = at + name.size();
    return output_.substr(first, output_.find('\n', first) - first);
  }
  // Exit code; its words in output_.
  int run(const std::string& environment, const std::string& command) {
    const std::string line =
        environment + SLUICE_TESTS_DIR "/kafka/broker " + command + " " + folder_ + " 2>&1";
    std::FILE* const pipe = ::popen(line.c_str(), "r");
    if (pipe == nullptr) return 127;
    output_.clear();
    std::array<char, 4096> buffer{};
    while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
      output_.append(buffer.data(), count);
    const int status = ::pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  BrokerSettings settings_;
  std::string folder_;
  std::string bootstrap_;
  std::string output_;
};

}  // namespace sluice::tests
