// The texts of a catalogue, one after the other in one block of memory.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "genre/base/safetensors.h"
#include "genre/rec/recommender.h"

namespace genre {

class ItemTexts {
 public:
  ItemTexts() = default;
  explicit ItemTexts(std::span<const std::string> texts);

  std::int64_t size() const { return std::ssize(offsets_) - 1; }  // I; -1 before there are any
  bool empty() const { return bytes_.empty(); }                   // no item has a text
  std::string_view of(std::int32_t item) const {
    return std::string_view(bytes_).substr(offsets_[item], offsets_[item + 1] - offsets_[item]);
  }
  // Of the newest items of a history that have one, at most `most`, newest first.
  std::vector<std::string_view> newest(std::span<const std::int32_t> history, int most) const;

  // As `prefix`texts and `prefix`text_offsets; the views live as long as this.
  void save(SafetensorsWriter& out, const std::string& prefix) const;
  // Throws Error(kData) naming the tensor that is missing or does not fit.
  static ItemTexts load(const SafetensorsFile& in, const std::string& prefix);

  // The most bytes that the texts of data hold; 256 an item where nobody knows.
  static std::int64_t bytes_of(const DataSize& size);

 private:
  std::string bytes_;
  std::vector<std::int64_t> offsets_;  // I + 1
};

}  // namespace genre
