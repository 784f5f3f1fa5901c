#pragma once

#include <atomic>
#include <chrono>

#include "sink/redis_error.h"
#include "sink/redis_url.h"
#include "sink/result.h"
#include "sink/unique_fd.h"

namespace sluice::sink {

using SteadyTime = std::chrono::steady_clock::time_point;

// How long a call may wait. `abandon`, if given, ends the wait within 50 ms when another thread sets it.
struct Patience {
  SteadyTime deadline;
  const std::atomic<bool>* abandon = nullptr;

  [[nodiscard]] bool over() const;
};

// Waits until one of `events` (POLLIN, POLLOUT) holds for the descriptor; false: patience is over.
[[nodiscard]] bool wait_for(int fd, short events, const Patience& patience);

// A connected, non-blocking, close-on-exec stream socket with TCP_NODELAY, tried on each address of the host.
// Names are resolved on a thread of their own that is left behind if patience ends first. The error is the
// reason alone.
[[nodiscard]] Result<UniqueFd, std::string> connect_tcp(const std::string& host, std::uint16_t port,
                                                        const Patience& patience);

// The same to a Redis, which may be at a unix socket.
[[nodiscard]] Result<UniqueFd, RedisFailure> connect_socket(const RedisAddress& address,
                                                            const Patience& patience);

}  // namespace sluice::sink
