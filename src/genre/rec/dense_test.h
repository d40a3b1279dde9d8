// A sparse matrix written out, for the plain models that tests hold the real ones against.
#pragma once

#include <vector>

#include "genre/linalg/csr.h"

namespace genre {

using Dense = std::vector<std::vector<double>>;

inline Dense dense(const CsrMatrix& x, double absent = 0) {
  Dense out(x.rows, std::vector<double>(x.cols, absent));
  for (std::int64_t r = 0; r < x.rows; ++r)
    for (std::size_t n = 0; n < x.row_indices(r).size(); ++n) out[r][x.row_indices(r)[n]] = x.row_values(r)[n];
  return out;
}

}  // namespace genre
