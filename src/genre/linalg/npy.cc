#include "genre/linalg/npy.h"

#include <cstdio>
#include <cstring>
#include <string>

#include "genre/base/error.h"
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

Matrix read_npy(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  const auto fail = [&](const std::string& fault) -> void {
    throw Error(ErrorCode::kData, fault, "numpy.save of a two-dimensional float32 array", {.file = path.string()});
  };
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
  if (bytes.size() < 12 || !bytes.starts_with("\x93NUMPY")) fail("the file is no .npy");
  const std::size_t preamble = byte(6) == 1 ? 10 : 12;
  std::size_t length = byte(8) | byte(9) << 8;
  if (preamble == 12) length |= byte(10) << 16 | byte(11) << 24;
  if (length > bytes.size() - preamble) fail("the header is cut short");
  const std::string header = bytes.substr(preamble, length);
  const bool single = header.find("'<f4'") != std::string::npos;
  if (!single && header.find("'<f8'") == std::string::npos) fail("the numbers are not float32 or float64");
  if (header.find("'fortran_order': False") == std::string::npos) fail("the array is column-major");
  std::int64_t rows = -1, columns = -1;
  const std::size_t shape = header.find("'shape': (");
  if (shape == std::string::npos || std::sscanf(header.c_str() + shape, "'shape': (%ld, %ld)", &rows, &columns) != 2)
    fail("the array has not two dimensions");
  const std::size_t size = single ? 4 : 8, have = (bytes.size() - preamble - length) / size;
  if (rows < 1 || columns < 1 || have / static_cast<std::size_t>(columns) < static_cast<std::size_t>(rows) ||
      (bytes.size() - preamble - length) != static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns) * size)
    fail("the data does not fit the shape");
  Matrix out(rows, columns);
  const char* const data = bytes.data() + preamble + length;
  for (std::int64_t i = 0; i < rows * columns; ++i) {
    if (single) {
      std::memcpy(out.data() + i, data + 4 * i, 4);
      continue;
    }
    double wide = 0;
    std::memcpy(&wide, data + 8 * i, 8);
    out.data()[i] = static_cast<float>(wide);
  }
  return out;
}

}  // namespace genre
