// JSON files of model folders, written by others: every value is checked as it is read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace genre {

// A value inside an open file, which it keeps alive. A value of another kind than the caller reads throws Error(kData)
// that names the file, the place in it, what came and what was wanted. Immutable.
class ModelJson {
 public:
  // The whole file. Throws Error(kNotFound), or Error(kData) where it is not JSON.
  explicit ModelJson(const std::filesystem::path& path);
  // A text that lies inside the file that errors name.
  ModelJson(std::string_view text, const std::filesystem::path& path);

  bool has(std::string_view key) const;  // an object with this key, and a value other than null
  ModelJson at(std::string_view key) const;
  std::vector<ModelJson> elements() const;                         // of a list
  std::vector<std::pair<std::string, ModelJson>> members() const;  // of an object, in order of their keys

  bool is_text() const;
  bool is_list() const;
  bool is_object() const;
  std::string text() const;
  bool boolean() const;
  double number() const;  // finite
  std::int64_t integer(std::int64_t minimum, std::int64_t maximum) const;
  int size() const;  // a whole number from 1 to 2^24

  // The value of a key, or the given one where has(key) is false.
  std::string text(std::string_view key, const std::string& otherwise) const;
  bool boolean(std::string_view key, bool otherwise) const;
  double number(std::string_view key, double otherwise) const;
  int size(std::string_view key, int otherwise) const;

  // Throws Error(kData): "PLACE FAULT", in the name of the file.
  [[noreturn]] void refuse(const std::string& fault, const std::string& hint = "fetch the model again") const;

 private:
  ModelJson(std::shared_ptr<const nlohmann::json> whole, const nlohmann::json* value,
            std::shared_ptr<const std::filesystem::path> path, std::string place);
  ModelJson child(const nlohmann::json& value, const std::string& name) const;
  [[noreturn]] void refuse_kind(const std::string& wanted) const;

  std::shared_ptr<const nlohmann::json> whole_;
  const nlohmann::json* value_;
  std::shared_ptr<const std::filesystem::path> path_;
  std::string place_;  // "rope_parameters.full_attention"; empty for the whole file
};

}  // namespace genre
