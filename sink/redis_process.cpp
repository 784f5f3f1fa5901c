#include "sink/redis_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "config/options.h"
#include "sink/redis_connection.h"
#include "sink/unique_fd.h"

namespace sluice::sink {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kPoll = 5ms;

std::optional<std::string> find_program(const std::string& name) {
  if (name.find('/') != name.npos)
    return ::access(name.c_str(), X_OK) == 0 ? std::optional(name) : std::nullopt;
  const char* variable = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  std::string_view folders = variable == nullptr ? "/usr/bin:/bin" : variable;
  while (!folders.empty()) {
    const auto colon = folders.find(':');
    const std::string path = std::string(folders.substr(0, colon)) + "/" + name;
    if (::access(path.c_str(), X_OK) == 0) return path;
    folders = colon == folders.npos ? std::string_view{} : folders.substr(colon + 1);
  }
  return {};
}

// Free at this moment; another process may be quicker, so starting is tried again.
std::uint16_t free_port() {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) return 0;
  if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.sin_port);
}

std::optional<std::filesystem::path> make_temporary_folder() {
  std::error_code error;
  const auto base = std::filesystem::temp_directory_path(error);
  if (error) return {};
  std::string name = (base / "sluice-redis-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return {};
  return name;
}

std::vector<std::string> command_line(const std::string& program, std::uint16_t port,
                                      const std::filesystem::path& folder,
                                      const std::vector<std::string>& further) {
  std::vector<std::string> line = {
      program,  "--port", std::to_string(port), "--bind",    "127.0.0.1",
      "--save", "",       "--appendonly",       "no",        "--daemonize",
      "no",     "--dir",  folder.string(),      "--logfile", (folder / "redis.log").string()};
  line.insert(line.end(), further.begin(), further.end());
  return line;
}

// Between fork and exec: only async-signal-safe calls.
[[noreturn]] void become(const char* program, char* const* arguments, pid_t parent, bool may_outlive) {
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  sigaction(SIGPIPE, &usual, nullptr);
  ::setpgid(0, 0);  // an interrupt from the terminal is for the parent alone
  if (!may_outlive) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(0);  // it died before that took effect
  }
  const int nothing = ::open("/dev/null", O_RDWR);
  if (nothing >= 0) {
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(nothing, STDOUT_FILENO);
    ::dup2(nothing, STDERR_FILENO);
  }
  ::closefrom(STDERR_FILENO + 1);  // or it would hold the parent's connections open
  ::execv(program, arguments);
  ::_exit(127);
}

pid_t spawn(std::vector<std::string> line, bool may_outlive) {
  std::vector<char*> arguments;
  arguments.reserve(line.size() + 1);
  for (std::string& argument : line) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become(arguments[0], arguments.data(), parent, may_outlive);
  return pid;
}

bool answers_ping(const config::RedisOptions& options) {
  const auto connection = RedisConnection::connect(options);
  if (!connection) return false;
  const auto reply = connection.value()->run({"PING"});
  return reply || reply.error().text.starts_with("NOAUTH");
}

}  // namespace

Result<std::unique_ptr<RedisProcess>, std::string> RedisProcess::start(const RedisProcessOptions& options) {
  constexpr int kMostTries = 5;
  const auto program = find_program(options.program);
  if (!program) {
    return "the program " + options.program + " was not found; on Debian: apt-get install redis-server";
  }
  std::string problem;
  for (int tries = 0; tries < (options.port == 0 ? kMostTries : 1); ++tries) {
    const auto folder = make_temporary_folder();
    if (!folder) return "no temporary folder: " + std::system_category().message(errno);
    const std::uint16_t port = options.port == 0 ? free_port() : options.port;
    const pid_t pid = spawn(command_line(*program, port, *folder, options.arguments), options.may_outlive_us);
    if (pid < 0) return "cannot fork: " + std::system_category().message(errno);
    std::unique_ptr<RedisProcess> process(new RedisProcess(pid, port, *folder));
    problem = process->wait_until_ready(options.start_timeout);
    if (problem.empty()) return process;
  }
  return options.program + " did not start: " + problem;
}

RedisProcess::~RedisProcess() {
  stop();
}

std::string RedisProcess::url() const {
  return "redis://127.0.0.1:" + std::to_string(port_) + "/0";
}

std::string RedisProcess::wait_until_ready(milliseconds at_most) {
  const auto deadline = steady_clock::now() + at_most;
  config::RedisOptions options;
  options.url = url();
  options.connect_timeout = 200ms;
  options.command_timeout = 500ms;
  while (steady_clock::now() < deadline) {
    if (has_ended(0ms)) return "it ended: " + last_log_line();
    // Its own word first: whoever had the port before us would answer too.
    if (log_contains("Ready to accept connections") && answers_ping(options)) return {};
    std::this_thread::sleep_for(kPoll);
  }
  return "no answer on port " + std::to_string(port_) + " in time: " + last_log_line();
}

bool RedisProcess::log_contains(std::string_view text) const {
  std::ifstream log(folder_ / "redis.log");
  for (std::string line; std::getline(log, line);) {
    if (line.find(text) != line.npos) return true;
  }
  return false;
}

std::string RedisProcess::last_log_line() const {
  std::ifstream log(folder_ / "redis.log");
  std::string last = "no log";
  for (std::string line; std::getline(log, line);) {
    if (!line.empty()) last = line;
  }
  return last;
}

bool RedisProcess::has_ended(milliseconds at_most) {
  const auto deadline = steady_clock::now() + at_most;
  while (pid_ > 0) {
    const pid_t ended = ::waitpid(pid_, nullptr, WNOHANG);
    if (ended == pid_ || (ended < 0 && errno == ECHILD)) pid_ = -1;
    if (pid_ < 0) break;
    if (steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(kPoll);
  }
  return true;
}

void RedisProcess::send_signal(int signal) const {
  if (pid_ > 0) ::kill(pid_, signal);
}

void RedisProcess::kill() {
  send_signal(SIGKILL);
  while (pid_ > 0 && !has_ended(1s)) {
  }
}

void RedisProcess::stop() {
  if (pid_ > 0) {
    send_signal(SIGTERM);
    if (!has_ended(2s)) kill();
  }
  if (folder_.empty()) return;
  std::error_code ignored;  // a temporary folder that stays hurts nobody
  std::filesystem::remove_all(std::exchange(folder_, {}), ignored);
}

void RedisProcess::release() {
  pid_ = -1;
  folder_.clear();
}

}  // namespace sluice::sink
