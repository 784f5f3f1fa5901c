#include "ingest/kafka_refusal.h"

#include <algorithm>
#include <array>

namespace sluice::ingest {
namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

// What TLS says when it does not like the other side's certificate, or that there is none.
bool is_certificate_alert(std::string_view reason) {
  constexpr auto kAlerts = std::to_array<std::string_view>({"certificate", "unknown ca", "access denied"});
  return has(reason, " alert ") &&
         std::ranges::any_of(kAlerts, [&](std::string_view alert) { return has(reason, alert); });
}

}  // namespace

std::optional<std::string> explain_refusal(rd_kafka_resp_err_t error, std::string_view reason) {
  const auto with_reason = [&](const char* what) { return std::string(what) + ": " + std::string(reason); };
  if (error == RD_KAFKA_RESP_ERR__AUTHENTICATION) {
    return with_reason("it refused the login (sasl.* in kafka.properties)");
  }
  if (is_certificate_alert(reason)) {
    return with_reason(
        "it refused our certificate, or wants one and got none (ssl.certificate.location and "
        "ssl.key.location in kafka.properties)");
  }
  // A broker that is just going away breaks off too.
  if (error == RD_KAFKA_RESP_ERR__SSL && !has(reason, "Disconnected")) {
    return with_reason("TLS with it failed (ssl.* and security.protocol in kafka.properties)");
  }
  return std::nullopt;
}

}  // namespace sluice::ingest
