#include "genre/serve/json_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <vector>

#include "genre/serve/problem.h"

namespace genre {
namespace {

std::string place_of(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t start = before.rfind('\n');
  const std::size_t column = start == std::string_view::npos ? before.size() + 1 : before.size() - start;
  return "line " + std::to_string(lines + 1) + ", column " + std::to_string(column);
}

// The library's texts begin with its own error number and place: "[json...] parse error at line 1, column 2: ...".
std::string reason_of(const std::exception& error) {
  const std::string text = error.what();
  const std::size_t colon = text.find(": ");
  return colon == std::string::npos ? text.substr(text.find(']') == std::string::npos ? 0 : text.find(']') + 2)
                                    : text.substr(colon + 2);
}

}  // namespace

nlohmann::json parse_json(std::string_view text) {
  using nlohmann::json;
  // The library takes a zero byte for the end of the text.
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos)
    throw Problem(400, "bad_json", "malformed JSON: a zero byte", "", place_of(text, zero));
  std::vector<std::unordered_set<std::string>> names;  // of the objects that are open
  const json::parser_callback_t watch = [&](int depth, json::parse_event_t event, json& value) {
    if ((event == json::parse_event_t::object_start || event == json::parse_event_t::array_start) &&
        depth >= kJsonDepth)
      throw Problem(400, "bad_json", "JSON nested deeper than " + std::to_string(kJsonDepth) + " levels");
    if (event == json::parse_event_t::object_start) names.emplace_back();
    if (event == json::parse_event_t::object_end) names.pop_back();
    if (event == json::parse_event_t::key && !names.back().insert(value.get<std::string>()).second)
      throw Problem(400, "bad_json", "the name \"" + value.get<std::string>() + "\" appears twice in one object");
    return true;
  };
  try {
    return json::parse(text.begin(), text.end(), watch);
  } catch (const json::parse_error& error) {
    const std::size_t byte = error.byte == 0 ? 0 : error.byte - 1;
    throw Problem(400, "bad_json",
                  text.find_first_not_of(" \t\r\n") == std::string_view::npos ? "wanted JSON, found nothing"
                                                                              : "malformed JSON: " + reason_of(error),
                  "", place_of(text, byte));
  } catch (const json::exception& error) {
    throw Problem(400, "bad_json", "malformed JSON: " + reason_of(error));
  }
}

}  // namespace genre
