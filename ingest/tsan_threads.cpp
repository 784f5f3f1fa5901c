#include <pthread.h>
#include <spdlog/spdlog.h>
#include <threads.h>

#include <cerrno>
#include <cstdint>
#include <memory>

// Only in builds with ThreadSanitizer, which does not know C11's threads: it would take every message that
// librdkafka hands over under its mtx_t for a race, and crash in a callback of ours on a thread made by
// thrd_create(). These stand in for the C library's functions and do the same by way of POSIX threads, which
// it knows. In glibc the types are the same underneath.
namespace {

static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t) && sizeof(cnd_t) == sizeof(pthread_cond_t));

// Debian's spdlog is not instrumented either: where a thread of librdkafka is the first to log, that the
// registry was made before another thread uses it is not seen. So it is made before there are threads.
[[maybe_unused]] const spdlog::logger* const made_early = spdlog::default_logger_raw();

struct Start {
  thrd_start_t function;
  void* argument;
};

void* run(void* start) {
  const std::unique_ptr<Start> owned(static_cast<Start*>(start));
  const int result = owned->function(owned->argument);
  return reinterpret_cast<void*>(static_cast<std::intptr_t>(result));
}

pthread_mutex_t* posix(mtx_t* mutex) {
  return reinterpret_cast<pthread_mutex_t*>(mutex);
}
pthread_cond_t* posix(cnd_t* condition) {
  return reinterpret_cast<pthread_cond_t*>(condition);
}
int result_of(int error) {
  return error == 0 ? thrd_success : thrd_error;
}

}  // namespace

extern "C" {

// librdkafka's own code is not instrumented, so its atomic reference counts look like races when it frees
// what they guarded. Races of our own code stay visible, and AddressSanitizer sees a wrong free().
// NOLINTNEXTLINE(bugprone-reserved-identifier): the sanitizer asks for this name
const char* __tsan_default_suppressions() {
  return "race_top:librdkafka.so\nrace_top:pthread_rwlock_destroy\nrace_top:free\n";
}

int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  auto start = std::make_unique<Start>(Start{function, argument});
  if (pthread_create(thread, nullptr, &run, start.get()) != 0) return thrd_error;
  static_cast<void>(start.release());  // run() owns it now
  return thrd_success;
}

int thrd_join(thrd_t thread, int* result) {
  void* value = nullptr;
  const int error = pthread_join(thread, &value);
  if (result != nullptr) *result = static_cast<int>(reinterpret_cast<std::intptr_t>(value));
  return result_of(error);
}

int mtx_init(mtx_t* mutex, int type) noexcept {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  if ((type & mtx_recursive) != 0) pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  const int error = pthread_mutex_init(posix(mutex), &attributes);
  pthread_mutexattr_destroy(&attributes);
  return result_of(error);
}
int mtx_lock(mtx_t* mutex) {
  return result_of(pthread_mutex_lock(posix(mutex)));
}
int mtx_unlock(mtx_t* mutex) noexcept {
  return result_of(pthread_mutex_unlock(posix(mutex)));
}
void mtx_destroy(mtx_t* mutex) noexcept {
  pthread_mutex_destroy(posix(mutex));
}

int cnd_init(cnd_t* condition) noexcept {
  return result_of(pthread_cond_init(posix(condition), nullptr));
}
int cnd_signal(cnd_t* condition) noexcept {
  return result_of(pthread_cond_signal(posix(condition)));
}
int cnd_broadcast(cnd_t* condition) noexcept {
  return result_of(pthread_cond_broadcast(posix(condition)));
}
int cnd_wait(cnd_t* condition, mtx_t* mutex) {
  return result_of(pthread_cond_wait(posix(condition), posix(mutex)));
}
int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* deadline) {
  const int error = pthread_cond_timedwait(posix(condition), posix(mutex), deadline);
  return error == ETIMEDOUT ? thrd_timedout : result_of(error);
}
void cnd_destroy(cnd_t* condition) noexcept {
  pthread_cond_destroy(posix(condition));
}

}  // extern "C"
