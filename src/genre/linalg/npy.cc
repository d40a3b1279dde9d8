#include "genre/linalg/npy.h"

#include <string>

#include "genre/base/file.h"

namespace genre {

void write_npy(const std::filesystem::path& path, ConstMatrixView matrix) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(matrix.rows()) + ", " +
                       std::to_string(matrix.cols()) + "), }";
  const std::size_t preamble = 10;
  header.append(63 - (preamble + header.size()) % 64, ' ');  // the data starts on a multiple of 64
  header += '\n';
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(header.size() & 255);
  out += static_cast<char>(header.size() >> 8);
  out += header;
  out.append(reinterpret_cast<const char*>(matrix.data()),
             static_cast<std::size_t>(matrix.rows() * matrix.cols()) * sizeof(float));
  write_file_atomic(path, out);
}

}  // namespace genre
