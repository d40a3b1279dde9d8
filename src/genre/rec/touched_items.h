// Items that somebody touched: what nobody met is no evidence of dislike, and losses leave it out.
#pragma once

#include <cstdint>
#include <vector>

#include "genre/linalg/csr.h"

namespace genre {

// Columns that are not empty, ascending. Time and memory: the columns and the entries.
inline std::vector<std::int32_t> touched_items(const CsrMatrix& interactions) {
  std::vector<std::uint8_t> touched(interactions.cols, 0);
  for (const std::int32_t item : interactions.indices) touched[item] = 1;
  std::vector<std::int32_t> out;
  for (std::int32_t item = 0; item < interactions.cols; ++item)
    if (touched[item] != 0) out.push_back(item);
  return out;
}

}  // namespace genre
