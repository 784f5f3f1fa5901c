#include "ingest/csv.h"

#include <algorithm>

namespace sluice::ingest {
namespace {

// A longer field is a quote that was never closed, not data.
constexpr std::size_t kMaxFieldBytes = 1 << 20;

}  // namespace

CsvReader::CsvReader(TextFile& file) : file_(file) {
  if (!read_record()) {
    if (error_.empty()) error_ = file_.error().empty() ? "the file is empty" : file_.error();
    return;
  }
  fields_.resize(used_);
  header_ = fields_;
}

std::optional<std::size_t> CsvReader::column(std::string_view name) const {
  const auto found = std::ranges::find(header_, name);
  if (found == header_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header_.begin());
}

const std::vector<std::string>* CsvReader::next() {
  if (!error_.empty()) return nullptr;
  if (!read_record()) {
    if (error_.empty()) error_ = file_.error();
    return nullptr;
  }
  if (used_ != header_.size()) {
    fail("has " + std::to_string(used_) + " fields, the header has " + std::to_string(header_.size()));
    return nullptr;
  }
  return &fields_;
}

bool CsvReader::read_record() {
  while (file_.peek() == '\n' || file_.peek() == '\r') {
    if (file_.get() == '\n') ++line_;
  }
  if (file_.peek() == TextFile::kEnd) return false;
  record_line_ = line_;
  used_ = 0;
  while (true) {
    if (used_ == fields_.size()) fields_.emplace_back();
    std::string& field = fields_[used_++];
    field.clear();
    if (!read_field(field)) return false;
    const int separator = file_.get();
    if (separator == ',') continue;
    if (separator == '\n') ++line_;
    return file_.error().empty();
  }
}

bool CsvReader::read_field(std::string& field) {
  if (file_.peek() == '"') return read_quoted(field);
  for (int c = file_.peek(); c != ',' && c != '\n' && c != TextFile::kEnd; c = file_.peek()) {
    field.push_back(static_cast<char>(file_.get()));
    if (field.size() > kMaxFieldBytes) return fail("has a field of more than 1 MiB");
  }
  if (file_.peek() != ',' && field.ends_with('\r')) field.pop_back();
  return true;
}

bool CsvReader::read_quoted(std::string& field) {
  (void)file_.get();
  for (int c = file_.get();; c = file_.get()) {
    if (c == TextFile::kEnd) return fail("has a quote that is not closed");
    if (c == '"') {
      if (file_.peek() != '"') break;
      (void)file_.get();
    }
    if (c == '\n') ++line_;
    field.push_back(static_cast<char>(c));
    if (field.size() > kMaxFieldBytes) return fail("has a quote that is not closed within 1 MiB");
  }
  if (file_.peek() == '\r') (void)file_.get();
  const int after = file_.peek();
  if (after != ',' && after != '\n' && after != TextFile::kEnd)
    return fail("has text behind a closing quote");
  return true;
}

bool CsvReader::fail(const std::string& what) {
  error_ = "line " + std::to_string(record_line_) + " " + what;
  return false;
}

}  // namespace sluice::ingest
