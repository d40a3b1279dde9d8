#include "genre/lm/model_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/file.h"

namespace genre {
namespace {

using nlohmann::json;

std::string shortened(const std::string& text) {
  constexpr std::size_t kMost = 60;
  return text.size() <= kMost ? text : text.substr(0, kMost) + "...";
}

}  // namespace

ModelJson::ModelJson(const std::filesystem::path& path) : ModelJson(read_file(path), path) {}

ModelJson::ModelJson(std::string_view text, const std::filesystem::path& path)
    : path_(std::make_shared<std::filesystem::path>(path)) {
  try {
    whole_ = std::make_shared<const json>(json::parse(text));
  } catch (const json::exception& e) {
    throw Error(ErrorCode::kData, std::string("not valid JSON: ") + e.what(), "fetch the model again",
                {.file = path.string()});
  }
  value_ = whole_.get();
}

ModelJson::ModelJson(std::shared_ptr<const json> whole, const json* value,
                     std::shared_ptr<const std::filesystem::path> path, std::string place)
    : whole_(std::move(whole)), value_(value), path_(std::move(path)), place_(std::move(place)) {}

ModelJson ModelJson::child(const json& value, const std::string& name) const {
  return {whole_, &value, path_, place_ + name};
}

void ModelJson::refuse(const std::string& fault, const std::string& hint) const {
  throw Error(ErrorCode::kData, place_.empty() ? fault : place_ + " " + fault, hint, {.file = path_->string()});
}

void ModelJson::refuse_kind(const std::string& wanted) const {
  // Text from a file may be ill-formed.
  refuse("is " + shortened(value_->dump(-1, ' ', false, json::error_handler_t::replace)) + ", wanted " + wanted);
}

bool ModelJson::has(std::string_view key) const {
  const auto found = value_->find(key);
  return found != value_->end() && !found->is_null();
}

ModelJson ModelJson::at(std::string_view key) const {
  if (!is_object()) refuse_kind("an object");
  const auto found = value_->find(key);
  if (found == value_->end()) refuse("has no '" + std::string(key) + "'");
  return child(*found, (place_.empty() ? "" : ".") + std::string(key));
}

std::vector<ModelJson> ModelJson::elements() const {
  if (!is_list()) refuse_kind("a list");
  std::vector<ModelJson> out;
  for (const json& element : *value_) out.push_back(child(element, "[" + std::to_string(out.size()) + "]"));
  return out;
}

std::vector<std::pair<std::string, ModelJson>> ModelJson::members() const {
  if (!is_object()) refuse_kind("an object");
  std::vector<std::pair<std::string, ModelJson>> out;
  for (const auto& [key, value] : value_->items()) out.emplace_back(key, at(key));
  return out;
}

bool ModelJson::is_text() const { return value_->is_string(); }
bool ModelJson::is_list() const { return value_->is_array(); }
bool ModelJson::is_object() const { return value_->is_object(); }

std::string ModelJson::text() const {
  if (!is_text()) refuse_kind("text");
  return value_->get<std::string>();
}

bool ModelJson::boolean() const {
  if (!value_->is_boolean()) refuse_kind("true or false");
  return value_->get<bool>();
}

double ModelJson::number() const {
  if (!value_->is_number() || !std::isfinite(value_->get<double>())) refuse_kind("a number");
  return value_->get<double>();
}

std::int64_t ModelJson::integer(std::int64_t minimum, std::int64_t maximum) const {
  // An unsigned value beyond 2^63 would turn negative.
  const bool fits =
      value_->is_number_unsigned() ? value_->get<std::uint64_t>() <= INT64_MAX : value_->is_number_integer();
  if (!fits || value_->get<std::int64_t>() < minimum || value_->get<std::int64_t>() > maximum)
    refuse_kind("an integer in [" + std::to_string(minimum) + ", " + std::to_string(maximum) + "]");
  return value_->get<std::int64_t>();
}

int ModelJson::size() const { return static_cast<int>(integer(1, 1 << 24)); }

std::string ModelJson::text(std::string_view key, const std::string& otherwise) const {
  return has(key) ? at(key).text() : otherwise;
}
bool ModelJson::boolean(std::string_view key, bool otherwise) const { return has(key) ? at(key).boolean() : otherwise; }
double ModelJson::number(std::string_view key, double otherwise) const {
  return has(key) ? at(key).number() : otherwise;
}
int ModelJson::size(std::string_view key, int otherwise) const { return has(key) ? at(key).size() : otherwise; }

}  // namespace genre
