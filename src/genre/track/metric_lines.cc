#include "genre/track/metric_lines.h"

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "genre/base/error.h"

namespace genre {
namespace {

std::optional<MetricLine> parsed(const std::string& line) {
  const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  const auto has = [&](const char* key, auto is) { return json.contains(key) && (json[key].*is)(); };
  using Json = nlohmann::json;
  if (!json.is_object() || !has("time", &Json::is_number) || !has("step", &Json::is_number) ||
      !has("split", &Json::is_string) || !has("name", &Json::is_string) || !json.contains("value"))
    return {};
  return MetricLine{json["time"], json["step"], json["split"], json["name"],
                    json["value"].is_number() ? json["value"].get<double>() : std::numeric_limits<double>::quiet_NaN()};
}

}  // namespace

std::vector<MetricLine> MetricReader::next(std::size_t most) {
  std::vector<MetricLine> out;
  std::error_code error;
  if (!std::filesystem::exists(file_, error)) return out;
  std::ifstream in(file_, std::ios::binary);
  in.seekg(offset_);
  if (!in) throw Error(ErrorCode::kData, "the metrics cannot be read", "", {.file = file_.string()});
  for (std::string line; out.size() < most && std::getline(in, line) && !in.eof();) {
    offset_ += static_cast<std::int64_t>(line.size()) + 1;
    if (auto one = parsed(line)) out.push_back(*std::move(one));
  }
  return out;
}

}  // namespace genre
