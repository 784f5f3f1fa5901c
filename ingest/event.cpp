#include "ingest/event.h"

namespace sluice::ingest {

std::string_view to_string(RejectReason reason) {
  switch (reason) {
    case RejectReason::none:
      return "none";
    case RejectReason::empty_payload:
      return "empty_payload";
    case RejectReason::too_large:
      return "too_large";
    case RejectReason::not_json:
      return "not_json";
    case RejectReason::not_an_object:
      return "not_an_object";
    case RejectReason::missing_user:
      return "missing_user";
    case RejectReason::missing_item:
      return "missing_item";
    case RejectReason::bad_user:
      return "bad_user";
    case RejectReason::bad_item:
      return "bad_item";
    case RejectReason::bad_type:
      return "bad_type";
    case RejectReason::bad_value:
      return "bad_value";
    case RejectReason::bad_timestamp:
      return "bad_timestamp";
  }
  return "unknown";
}

}  // namespace sluice::ingest
