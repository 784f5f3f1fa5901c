#include "support/sluice_service.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "common/json.h"
#include "ingest/kafka_properties.h"
#include "sink/file_system.h"
#include "sink/reader.h"
#include "sink/snapshot_file.h"
#include "support/broken_events.h"
#include "support/run_program.h"
#include "support/wait_until.h"

namespace sluice::test {
namespace {

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

int exit_code(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

ingest::ProducerOptions producer_options(const std::string& brokers) {
  config::KafkaOptions kafka;
  kafka.brokers = brokers;
  // Soon there again after an outage.
  kafka.properties = {{"reconnect.backoff.max.ms", "500"}, {"topic.metadata.refresh.interval.ms", "1000"}};
  return {.properties = ingest::producer_properties(kafka)};
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "sluice-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

SluiceService::SluiceService(const ServiceSetup& setup) : setup_(setup) {
  // Short intervals, so that tests need not wait, and every event is to be found in the counts of its item,
  // though few users send many; the rest is as shipped.
  const nlohmann::json config = {
      {"instance", setup.instance},
      {"shards", 2},
      {"kafka",
       {{"brokers", setup.brokers},
        {"topics", {"events"}},
        {"group", "test"},
        {"properties",
         {{"fetch.wait.max.ms", "10"}, {"session.timeout.ms", "6000"}, {"heartbeat.interval.ms", "500"}}}}},
      {"redis", {{"url", setup.redis_url}}},
      {"publish", {{"status_interval", "100ms"}}},
      {"limits", {{"shutdown", std::to_string(8 * kPatience) + "s"}, {"taught_per_day", 0}}},
      {"snapshot", {{"folder", snapshot_folder(setup).string()}, {"interval", "1s"}}}};
  std::ofstream(setup.folder / (setup.instance + ".json")) << config.dump(1);
}

SluiceService::~SluiceService() {
  if (pid_ > 0) kill();
  if (testing::Test::HasFailure() || std::uncaught_exceptions() > 0) {
    std::fprintf(stderr, "the log of instance %s:\n%s\n", setup_.instance.c_str(), log().c_str());
  }
}

void SluiceService::start() {
  std::vector<std::string> command = {sluice_binary(), "run", "--config",
                                      (setup_.folder / (setup_.instance + ".json")).string()};
  for (const auto& [path, value] : setup_.overrides) {
    command.push_back("--set");
    command.push_back(path + "=" + value);
  }
  std::vector<char*> arguments;
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  const std::string log = (setup_.folder / (setup_.instance + ".log")).string();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  // Or it would hold connections of this process open that are closed here.
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  // Whatever whoever runs the tests ignores.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t usual;
  sigemptyset(&usual);
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT}) sigaddset(&usual, signal);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  const int failed =
      ::posix_spawn(&pid_, command.front().c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start " + command.front());
}

void SluiceService::send_signal(int signal) const {
  ::kill(pid_, signal);
}

void SluiceService::kill() {
  ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
}

std::optional<int> SluiceService::wait_for_exit(std::chrono::milliseconds at_most) {
  int status = 0;
  if (!wait_until([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }, at_most)) return std::nullopt;
  pid_ = -1;
  return exit_code(status);
}

std::optional<int> SluiceService::stop(std::chrono::milliseconds at_most) {
  send_signal(SIGTERM);
  return wait_for_exit(at_most);
}

sink::StatusFields SluiceService::status() const {
  config::RedisOptions redis;
  redis.url = setup_.redis_url;
  auto reader = sink::Reader::connect(redis);
  if (!reader.ok()) return {};
  auto statuses = reader.value().statuses();
  if (!statuses.ok()) return {};
  const sink::StatusFields& fields = statuses.value()[setup_.instance];
  const auto pid = fields.find("pid");
  return pid != fields.end() && pid->second == std::to_string(pid_) ? fields : sink::StatusFields{};
}

std::int64_t SluiceService::number(const std::string& field) const {
  const sink::StatusFields fields = status();
  const auto found = fields.find(field);
  return found == fields.end() ? 0 : std::strtoll(found->second.c_str(), nullptr, 10);
}

std::int64_t SluiceService::sum(const std::string& prefix) const {
  std::int64_t sum = 0;
  for (const auto& [name, value] : status()) {
    if (name.starts_with(prefix)) sum += std::strtoll(value.c_str(), nullptr, 10);
  }
  return sum;
}

std::string SluiceService::log() const {
  return read_file(setup_.folder / (setup_.instance + ".log"));
}

std::filesystem::path snapshot_folder(const ServiceSetup& setup) {
  return setup.folder / "state";
}

bool has_snapshot(const ServiceSetup& setup) {
  return sink::scan_snapshots(sink::real_file_system(), snapshot_folder(setup), false)
      .newest.contains(setup.instance);
}

std::map<std::string, std::uint64_t> inspect(const std::filesystem::path& folder, const char* what) {
  const ProgramResult result = run_program({sluice_binary(), "snapshot", "inspect", folder.string(), what});
  if (result.exit_code != 0) throw std::runtime_error("snapshot inspect: " + result.err);
  std::map<std::string, std::uint64_t> counts;
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);) {
    counts[line.substr(0, line.find('\t'))] +=
        std::strtoull(line.c_str() + line.rfind('\t') + 1, nullptr, 10);
  }
  return counts;
}

std::uint64_t total(const std::map<std::string, std::uint64_t>& counts) {
  std::uint64_t sum = 0;
  for (const auto& [name, count] : counts) sum += count;
  return sum;
}

std::string to_json(const TestEvent& event) {
  return nlohmann::json{{"user", event.user}, {"item", event.item}, {"timestamp", event.time_ms}}.dump();
}

std::vector<TestEvent> make_events(std::size_t first, std::size_t count, std::size_t users,
                                   std::size_t items) {
  constexpr std::int64_t kStart = 1'700'000'000'000;
  std::vector<TestEvent> events;
  for (std::size_t i = first; i < first + count; ++i) {
    events.push_back({"u" + std::to_string(i % users), "i" + std::to_string(i * 7 % items),
                      kStart + static_cast<std::int64_t>(i) * 1000});
  }
  return events;
}

std::map<std::string, std::uint64_t> count_items(const std::vector<TestEvent>& events) {
  std::map<std::string, std::uint64_t> counts;
  for (const TestEvent& event : events) ++counts[event.item];
  return counts;
}

EventSender::EventSender(const std::string& brokers, std::string topic)
    : topic_(std::move(topic)),
      producer_(producer_options(brokers), [this](const ingest::Delivery& delivery) {
        if (delivery.error != RD_KAFKA_RESP_ERR_NO_ERROR) return;
        const auto bytes = [](const void* data, std::size_t size) {
          return data == nullptr ? std::string_view{}
                                 : std::string_view(static_cast<const char*>(data), size);
        };
        produced_.add(delivery.partition, delivery.offset,
                      bytes(delivery.message->key, delivery.message->key_len),
                      bytes(delivery.message->payload, delivery.message->len));
      }) {}

void EventSender::send(const std::vector<TestEvent>& events) {
  for (const TestEvent& event : events) {
    send_raw(event.user, to_json(event));
  }
  flush();
}

void EventSender::send_mixture(std::size_t first, std::size_t count, std::size_t users, std::size_t items) {
  for (const TestEvent& event : make_events(first, count, users, items)) {
    const std::size_t number = first++;
    nlohmann::json object{{"user", event.user}, {"item", event.item}, {"timestamp", event.time_ms}};
    if (number % 97 == 0) {
      const auto& broken = kBrokenEvents[number / 97 % kBrokenEvents.size()];
      send_raw(event.user, std::string(broken.payload));
    } else if (number % 503 == 0) {
      send_tombstone(event.user);
    } else {
      if (number % 89 == 0) object["type"] = ProducedLog::kFilteredType;
      send_raw(event.user, object.dump());
    }
  }
  flush();
}

void EventSender::send_raw(const std::string& key, const std::string& payload) {
  send_record(key, payload);
}

void EventSender::send_tombstone(const std::string& key) {
  send_record(key, {});
}

void EventSender::send_record(const std::string& key, std::string_view payload) {
  const ingest::OutgoingRecord record{.topic = topic_, .key = key, .payload = payload, .headers = {}};
  while (producer_.send(record) == ingest::Producer::SendResult::full) {
    producer_.wait_for_room(std::chrono::milliseconds{100});
  }
}

void EventSender::flush() {
  if (!producer_.flush(std::chrono::seconds{30} * kPatience))
    throw std::runtime_error("events could not be delivered");
}

}  // namespace sluice::test
