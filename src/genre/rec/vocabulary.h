// Words and their numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "genre/base/safetensors.h"
#include "genre/rec/item_texts.h"

namespace genre {

// Thread-safe once it is made.
class Vocabulary {
 public:
  Vocabulary() = default;
  explicit Vocabulary(std::vector<std::string> words);  // V different words, numbered from 0

  std::int64_t size() const { return std::ssize(numbers_); }
  std::optional<std::int32_t> find(const std::string& word) const;
  // Of each word of a text that is there (words.h), its number; in the order of the numbers.
  std::vector<std::int32_t> numbers(std::string_view text) const;

  // As `prefix`texts and `prefix`text_offsets; the views live as long as this.
  void save(SafetensorsWriter& out, const std::string& prefix) const;
  // Throws Error(kData) naming the tensor that is missing or does not fit.
  static Vocabulary load(const SafetensorsFile& in, const std::string& prefix);

 private:
  ItemTexts words_;
  std::unordered_map<std::string, std::int32_t> numbers_;
};

}  // namespace genre
