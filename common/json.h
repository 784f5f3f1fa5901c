#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

// nlohmann/json, whose parser, lexer and serializer are compiled in json.cpp alone: they would cost each unit
// that reads or writes JSON some seconds. Include this instead of nlohmann/json.hpp.
//
// SLUICE_JSON_TEMPLATES(extern) declares the instantiations, SLUICE_JSON_TEMPLATES() makes them. Texts are
// parsed from a std::string, from a range of pointers or from a string_view, which is such a range.
#define SLUICE_JSON_PARSER(prefix, Adapter)                                                   \
  prefix template class parser<json, Adapter>;                                                \
  prefix template class lexer<json, Adapter>;                                                 \
  prefix template bool parser<json, Adapter>::sax_parse_internal(json_sax_dom_parser<json>*); \
  prefix template bool parser<json, Adapter>::sax_parse_internal(json_sax_dom_callback_parser<json>*);

#define SLUICE_JSON_TEMPLATES(prefix)                                             \
  namespace nlohmann {                                                            \
  prefix template class basic_json<>;                                             \
  prefix template class json_pointer<std::string>;                                \
  namespace detail {                                                              \
  prefix template class serializer<json>;                                         \
  prefix template class serializer<ordered_json>;                                 \
  prefix template class json_sax_dom_parser<json>;                                \
  prefix template class json_sax_dom_callback_parser<json>;                       \
  SLUICE_JSON_PARSER(prefix, iterator_input_adapter<std::string::const_iterator>) \
  SLUICE_JSON_PARSER(prefix, iterator_input_adapter<const char*>)                 \
  }                                                                               \
  }                                                                               \
  prefix template class std::vector<nlohmann::json>;                              \
  prefix template class std::map<std::string, nlohmann::json, std::less<>>;

SLUICE_JSON_TEMPLATES(extern)
