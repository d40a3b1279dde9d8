// NumPy's .npy format, version 1.0: float32, row-major.
#pragma once

#include <filesystem>

#include "genre/linalg/matrix.h"

namespace genre {

void write_npy(const std::filesystem::path& path, ConstMatrixView matrix);  // atomic; throws Error(kResources)

}  // namespace genre
