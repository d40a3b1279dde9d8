#include "genre/serve/openapi.h"

#include <cctype>
#include <nlohmann/json.hpp>

#include "genre/serve/events.h"

namespace genre {
namespace {

using nlohmann::ordered_json;

ordered_json whole(double number) {
  return static_cast<double>(static_cast<std::int64_t>(number)) == number
             ? ordered_json(static_cast<std::int64_t>(number))
             : ordered_json(number);
}

ordered_json schema_of(const Parameter& p) {
  switch (p.type) {
    case ParameterType::kText:
      return {{"type", "string"}, {"minLength", p.minimum > 0 ? 1 : 0}, {"maxLength", whole(p.maximum)}};
    case ParameterType::kInteger:
      return {{"type", "integer"}, {"minimum", whole(p.minimum)}, {"maximum", whole(p.maximum)}};
    case ParameterType::kNumber:
      return {{"type", "number"}};
    case ParameterType::kFlag:
      return {{"type", "boolean"}};
    case ParameterType::kTexts:
      return {{"type", "array"},
              {"items", {{"type", "string"}, {"minLength", 1}, {"maxLength", kIdBytes}}},
              {"maxItems", whole(p.maximum)}};
    case ParameterType::kTimestamp:
      return {{"oneOf",
               {{{"type", "string"}, {"format", "date-time"}},
                {{"type", "integer"}, {"description", "milliseconds since 1970, UTC"}}}}};
  }
  return {};
}

ordered_json object_schema(std::span<const Parameter> parameters) {
  ordered_json properties = ordered_json::object(), required = ordered_json::array();
  for (const Parameter& p : parameters) {
    if (p.place != ParameterPlace::kBody) continue;
    properties[p.name] = schema_of(p);
    properties[p.name]["description"] = p.doc;
    if (p.presence == Presence::kRequired) required.push_back(p.name);
  }
  ordered_json out = {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
  if (!required.empty()) out["required"] = required;
  return out;
}

ordered_json reference(const std::string& name) { return {{"$ref", "#/components/schemas/" + name}}; }
ordered_json list_of(ordered_json items) { return {{"type", "array"}, {"items", std::move(items)}}; }

// An object whose properties are all there; "name?" may be absent.
ordered_json answer_schema(std::initializer_list<std::pair<std::string, ordered_json>> properties) {
  ordered_json out = {{"type", "object"}, {"properties", ordered_json::object()}, {"required", ordered_json::array()}};
  for (const auto& [name, schema] : properties) {
    const bool optional = name.ends_with('?');
    const std::string bare = optional ? name.substr(0, name.size() - 1) : name;
    out["properties"][bare] = schema;
    if (!optional) out["required"].push_back(bare);
  }
  return out;
}

ordered_json answer_schemas() {
  const ordered_json text = {{"type", "string"}}, integer = {{"type", "integer"}},
                     number = {{"type", {"number", "null"}}};
  ordered_json out;
  out["RecommendedItem"] = answer_schema({{"item", text}, {"score", number}, {"title", text}, {"reason?", text}});
  out["Recommendations"] = answer_schema(
      {{"recommendation_id", text},
       {"strategy",
        {{"type", "string"}, {"enum", {"personalised", "session", "text", "popular", "similar", "search"}}}},
       {"fallback_reason", {{"type", {"string", "null"}}}},
       {"model", text},
       {"items", list_of(reference("RecommendedItem"))}});
  out["ItemSummary"] = answer_schema({{"item", text}, {"title", text}});
  out["History"] = answer_schema({{"user", text}, {"items", list_of(reference("ItemSummary"))}});
  out["Examples"] = answer_schema({{"model", text}, {"users", list_of(reference("History"))}});
  out["RejectedEvent"] = answer_schema({{"index", integer}, {"code", text}, {"message", text}});
  out["EventsAnswer"] = answer_schema(
      {{"accepted", integer}, {"duplicates", integer}, {"rejected", list_of(reference("RejectedEvent"))}});
  out["Health"] = answer_schema({{"status", text}, {"model?", text}, {"reason?", text}});
  out["Problem"] = answer_schema({{"type", text},
                                  {"title", text},
                                  {"status", integer},
                                  {"detail", text},
                                  {"code", text},
                                  {"hint?", text},
                                  {"place?", text},
                                  {"request_id", text}});
  out["Event"] = object_schema(event_parameters());
  return out;
}

std::string operation_id(const Route& route) {
  std::string out;
  for (const char c : route.method + route.path) {
    const bool letter = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (letter)
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!out.empty() && out.back() != '_')
      out += '_';
  }
  while (out.ends_with('_')) out.pop_back();
  return out;
}

ordered_json operation(const Route& route) {
  ordered_json out = {{"operationId", operation_id(route)}, {"summary", route.summary}};
  for (const Parameter& p : route.parameters) {
    if (p.place == ParameterPlace::kBody) continue;
    out["parameters"].push_back({{"name", p.name},
                                 {"in", p.place == ParameterPlace::kPath ? "path" : "query"},
                                 {"required", p.place == ParameterPlace::kPath || p.presence == Presence::kRequired},
                                 {"description", p.doc},
                                 {"schema", schema_of(p)}});
  }
  if (route.body == BodyKind::kObject)
    out["requestBody"] = {{"required", true},
                          {"content", {{"application/json", {{"schema", object_schema(route.parameters)}}}}}};
  if (route.body == BodyKind::kRaw)
    out["requestBody"] = {
        {"required", true},
        {"content",
         {{"application/json", {{"schema", {{"oneOf", {reference("Event"), list_of(reference("Event"))}}}}}},
          {"application/x-ndjson", {{"schema", {{"type", "string"}, {"description", "one Event a line"}}}}}}}};
  ordered_json success = {{"description", "OK"}};
  if (!route.answer.empty()) success["content"] = {{"application/json", {{"schema", reference(route.answer)}}}};
  out["responses"] = {{"200", success},
                      {"default",
                       {{"description", "what went wrong (RFC 9457)"},
                        {"content", {{"application/problem+json", {{"schema", reference("Problem")}}}}}}}};
  return out;
}

}  // namespace

std::string openapi_document(std::span<const Route> routes) {
  ordered_json out = {{"openapi", "3.1.0"},
                      {"info", {{"title", "GENRE recommendation service"}, {"version", "1"}}},
                      {"paths", ordered_json::object()},
                      {"components", {{"schemas", answer_schemas()}}}};
  for (const Route& route : routes) {
    std::string method = route.method;
    for (char& c : method) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    out["paths"][route.path][method] = operation(route);
  }
  return out.dump(2);
}

}  // namespace genre
