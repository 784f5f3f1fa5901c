#include "sink/http_message.h"

#include <algorithm>

namespace sluice::sink {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

bool same_letters(std::string_view text, std::string_view small) {
  return std::ranges::equal(text, small, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Whether a comma-separated list has that word.
bool lists(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (same_letters(trimmed(list.substr(0, comma)), word)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

// "GET /metrics?x=1 HTTP/1.1"; false: it is not of that form.
bool parse_request_line(std::string_view line, HttpHead& head) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == line.npos || first == 0 || last == first) return false;
  const std::string_view version = line.substr(last + 1);
  if (version.size() != 8 || !version.starts_with("HTTP/1.")) return false;
  head.method = line.substr(0, first);
  head.path = line.substr(first + 1, last - first - 1);
  head.path = head.path.substr(0, head.path.find('?'));
  head.keep_alive = version != "HTTP/1.0";
  return head.path.starts_with('/');
}

void apply_field(std::string_view name, std::string_view value, HttpHead& head) {
  if (same_letters(name, "connection") && lists(value, "close")) head.keep_alive = false;
  const bool has_body = same_letters(name, "transfer-encoding") ||
                        (same_letters(name, "content-length") && value.find_first_not_of('0') != value.npos);
  if (has_body) head.keep_alive = false;
}

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

}  // namespace

HttpHead parse_http_head(std::string_view text) {
  HttpHead head;
  const std::size_t end = text.substr(0, HttpHead::kMaxBytes).find("\r\n\r\n");
  if (end == text.npos) {
    if (text.size() >= HttpHead::kMaxBytes) head.state = HttpHead::State::malformed;
    return head;
  }
  head.size = end + 2 * kLineEnd.size();
  head.state = HttpHead::State::malformed;
  std::string_view lines = text.substr(0, end + kLineEnd.size());
  for (bool first = true; !lines.empty(); first = false) {
    const std::string_view line = lines.substr(0, lines.find(kLineEnd));
    lines.remove_prefix(line.size() + kLineEnd.size());
    if (first) {
      if (!parse_request_line(line, head)) return head;
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == line.npos || colon == 0) return head;
    apply_field(line.substr(0, colon), trimmed(line.substr(colon + 1)), head);
  }
  head.state = HttpHead::State::whole;
  return head;
}

std::string to_bytes(const HttpResponse& response, bool keep_alive, bool head_only) {
  std::string bytes = "HTTP/1.1 " + std::to_string(response.status) + " ";
  bytes += reason_of(response.status);
  bytes += "\r\nContent-Type: ";
  bytes += response.content_type;
  bytes += "\r\nContent-Length: " + std::to_string(response.body.size());
  if (response.status == 405) bytes += "\r\nAllow: GET, HEAD";
  bytes += keep_alive ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
  if (!head_only) bytes += response.body;
  return bytes;
}

}  // namespace sluice::sink
