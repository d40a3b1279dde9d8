// What turns one piece of a text into token ids.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "genre/text/traced_text.h"

namespace genre {

// Immutable, so shareable between threads.
class SubwordModel {
 public:
  virtual ~SubwordModel() = default;
  // Appends the ids of a piece, which is well-formed UTF-8 of fewer than 2^32 bytes, and where `spans` is given the
  // bytes of the piece that each token stands for.
  virtual void append(std::string_view piece, std::vector<std::int32_t>& ids, std::vector<Span>* spans) const = 0;
};

}  // namespace genre
