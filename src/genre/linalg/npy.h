// NumPy's .npy format, version 1.0: float32, row-major.
#pragma once

#include <filesystem>

#include "genre/linalg/matrix.h"

namespace genre {

void write_npy(const std::filesystem::path& path, ConstMatrixView matrix);  // atomic; throws Error(kResources)

// A matrix of float32 or float64, row-major, of any format version. Throws Error(kNotFound), or Error(kData) for
// anything else or a size that does not fit its shape.
Matrix read_npy(const std::filesystem::path& path);

}  // namespace genre
