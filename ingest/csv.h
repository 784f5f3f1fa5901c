#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/text_file.h"

namespace sluice::ingest {

// CSV by RFC 4180 with a header line: quoted fields may hold commas, doubled quotes and line ends; lines end
// in LF or CRLF; empty lines are skipped.
class CsvReader {
 public:
  // Reads the header at once; error() tells if there is none.
  explicit CsvReader(TextFile& file);

  // The position of a column by its name in the header.
  [[nodiscard]] std::optional<std::size_t> column(std::string_view name) const;

  // The next record, as many fields as the header has; nullptr at the end and at an error. Valid until the
  // next call.
  [[nodiscard]] const std::vector<std::string>* next();

  [[nodiscard]] std::uint64_t line() const { return record_line_; }  // where the last record began, from 1
  [[nodiscard]] const std::string& error() const { return error_; }  // empty, or with line number

 private:
  bool read_record();
  bool read_field(std::string& field);
  bool read_quoted(std::string& field);
  bool fail(const std::string& what);

  TextFile& file_;
  std::vector<std::string> header_;
  std::vector<std::string> fields_;
  std::size_t used_ = 0;  // of fields_, which keeps its strings' memory from record to record
  std::uint64_t line_ = 1;
  std::uint64_t record_line_ = 1;
  std::string error_;
};

}  // namespace sluice::ingest
