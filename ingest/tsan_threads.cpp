#include <pthread.h>
#include <threads.h>

#include <cstdint>
#include <memory>

// Only in builds with ThreadSanitizer, which does not know C11's threads: a callback of ours on a thread that
// librdkafka made with thrd_create() would crash in it. This stands in for the C library's function and makes
// the same thread by way of pthread_create(), which it knows; thrd_t is pthread_t there.
namespace {

struct Start {
  thrd_start_t function;
  void* argument;
};

void* run(void* start) {
  const std::unique_ptr<Start> owned(static_cast<Start*>(start));
  const int result = owned->function(owned->argument);
  return reinterpret_cast<void*>(static_cast<std::intptr_t>(result));
}

}  // namespace

extern "C" int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  auto start = std::make_unique<Start>(Start{function, argument});
  if (pthread_create(thread, nullptr, &run, start.get()) != 0) return thrd_error;
  static_cast<void>(start.release());  // run() owns it now
  return thrd_success;
}
