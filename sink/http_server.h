#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "sink/result.h"

namespace sluice::sink {

// What /metrics, /healthz, /readyz and /status answer. Called on the server's thread, one at a time; a call
// that blocks lets all clients wait.
struct HttpHandlers {
  struct Health {
    bool ok = true;
    std::string text;  // one line: why not, or "ok"
  };
  std::function<std::string()> metrics;  // Prometheus text format 0.0.4
  std::function<Health()> healthy;       // alive: false asks to be restarted
  std::function<Health()> ready;         // serving: false asks to be left out
  std::function<std::string()> status;   // a JSON object of texts: the fields of this instance's status
};

// GET /metrics, /healthz, /readyz (200 or 503), /status on one address; every other path is 404. One thread
// serves all clients and waits for none of them, so that a probe is answered at once beside silent, slow and
// busy ones. It keeps 256 connections at most: for a new one beyond that the one that has been silent for the
// longest time is closed.
class HttpServer {
 public:
  // `listen` is "host:port" or "[v6]:port"; port 0: a free one. The error is one line for the operator.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>, std::string> start(const std::string& listen,
                                                                              HttpHandlers handlers);
  ~HttpServer();  // cuts all connections

  [[nodiscard]] std::uint16_t port() const;

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::sink
