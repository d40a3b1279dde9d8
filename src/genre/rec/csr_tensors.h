// A sparse matrix in a model's file.
#pragma once

#include <cstdint>
#include <string>

#include "genre/base/safetensors.h"
#include "genre/linalg/csr.h"

namespace genre {

// Saves a sparse matrix as `prefix`offsets, indices and values; the views live as long as the matrix.
void save_csr(SafetensorsWriter& out, const std::string& prefix, const CsrMatrix& matrix);
// Reads it back. cols < 0: as many as rows. Throws Error(kData) naming the tensor that is missing or does not fit:
// offsets must ascend from 0, each row ascend inside [0, cols).
CsrMatrix read_csr(const SafetensorsFile& in, const std::string& prefix, std::int64_t cols = -1);

}  // namespace genre
