#include "config/secrets.h"

#include <algorithm>
#include <array>

namespace sluice::config {

bool is_secret_property(std::string_view name) {
  // Paths to key files (ssl.key.location) are no secrets; the keys themselves (ssl.key.pem) are. A value that
  // holds several settings at once (sasl.oauthbearer.config, jaas) may hold a secret among them.
  constexpr std::array<std::string_view, 7> kMarks = {"password", "secret",    "key.pem",           "token",
                                                      "jaas",     "assertion", "oauthbearer.config"};
  if (name.ends_with(".location") || name.ends_with(".url")) return false;
  return std::ranges::any_of(kMarks, [&](std::string_view mark) { return name.find(mark) != name.npos; });
}

std::string mask_url(std::string_view url) {
  const auto scheme = url.find("://");
  const std::size_t from = scheme == url.npos ? 0 : scheme + 3;
  const auto at = url.rfind('@');
  const auto colon = url.find(':', from);
  if (at == url.npos || colon == url.npos || colon > at) return std::string(url);
  return std::string(url.substr(0, colon + 1)).append(kMask).append(url.substr(at));
}

}  // namespace sluice::config
