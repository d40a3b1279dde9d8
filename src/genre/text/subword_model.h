// What turns one piece of a text into token ids.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace genre {

// Immutable, so shareable between threads.
class SubwordModel {
 public:
  virtual ~SubwordModel() = default;
  // Appends the ids of a piece, which is well-formed UTF-8 of fewer than 2^32 bytes, and where `ends` is given the end
  // of each token in the piece.
  virtual void append(std::string_view piece, std::vector<std::int32_t>& ids, std::vector<std::size_t>* ends) const = 0;
};

}  // namespace genre
