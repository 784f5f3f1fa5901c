#pragma once

#include <cerrno>

namespace sluice::sink {

// Of the errno of a socket's call: nothing is wrong, it only has to be called again later.
[[nodiscard]] inline bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

}  // namespace sluice::sink
