#include "ingest/item_titles.h"

#include "ingest/csv.h"

namespace sluice::ingest {

ItemTitlesFile read_item_titles(const std::string& path) {
  ItemTitlesFile result;
  TextFile file(path);
  CsvReader csv(file);
  const auto item = csv.column("item");
  const auto title = csv.column("title");
  const auto categories = csv.column("categories");
  if (csv.error().empty() && (!item || !title)) {
    result.error = path + ": the header does not name item and title";
    return result;
  }
  while (const auto* fields = csv.next()) {
    result.titles.insert_or_assign((*fields)[*item],
                                   ItemTitle{(*fields)[*title], categories ? (*fields)[*categories] : ""});
  }
  if (!csv.error().empty()) result.error = file.error().empty() ? path + ": " + csv.error() : file.error();
  return result;
}

}  // namespace sluice::ingest
