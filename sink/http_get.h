#pragma once

#include <chrono>
#include <string>

#include "sink/result.h"

namespace sluice::sink {

struct HttpAnswer {
  int status = 0;  // 200, 503, ...
  std::string body;
};

// Asks the server that listens at `listen` ("host:port" or "[v6]:port", as HttpServer takes it) for a path,
// from the same machine: an address that stands for all interfaces is asked on loopback. The error is one
// line.
[[nodiscard]] Result<HttpAnswer, std::string> http_get(const std::string& listen, const std::string& path,
                                                       std::chrono::milliseconds at_most);

}  // namespace sluice::sink
