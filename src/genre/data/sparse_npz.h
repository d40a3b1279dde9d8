// Sparse matrices in the .npz file that scipy.sparse.load_npz opens.
#pragma once

#include <filesystem>

#include "genre/linalg/csr.h"

namespace genre {

// A ZIP archive, not compressed, of indices.npy, indptr.npy, format.npy ("csr"), shape.npy and data.npy: int32 (indptr
// int64), float32. Appears whole. Throws Error(kResources); 4 GiB are the most that the archive can hold.
void write_npz(const std::filesystem::path& path, const CsrMatrix& matrix);

}  // namespace genre
