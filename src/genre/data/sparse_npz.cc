#include "genre/data/sparse_npz.h"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <limits>
#include <span>
#include <string>

#include "genre/base/error.h"
#include "genre/base/file.h"

namespace genre {
namespace {

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

// NumPy's format 1.0: magic, version, length of the header, a Python literal padded to a multiple of 64.
std::string npy(const std::string& type, const std::string& shape, std::span<const std::byte> data) {
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", type, shape);
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string out("\x93NUMPY\x01\x00", 8);
  put(out, header.size(), 2);
  out += header;
  out.append(reinterpret_cast<const char*>(data.data()), data.size());
  return out;
}

template <class T>
std::string npy(const std::string& type, const std::vector<T>& values) {
  return npy(type, fmt::format("({},)", values.size()), std::as_bytes(std::span(values)));
}

// A ZIP archive of stored files: PKWARE's APPNOTE, sections 4.3.7, 4.3.12 and 4.3.16.
class Zip {
 public:
  void add(const std::string& name, const std::string& bytes) {
    std::string fields;
    put(fields, 20, 2);          // version needed
    put(fields, 0, 2);           // flags
    put(fields, 0, 2);           // stored
    put(fields, 0x21 << 16, 4);  // 1 January 1980, so that equal data give equal files
    put(fields, crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()), 4);
    put(fields, bytes.size(), 4);
    put(fields, bytes.size(), 4);
    put(fields, name.size(), 2);
    put(fields, 0, 2);  // extra
    put(directory_, 0x02014B50, 4);
    put(directory_, 20, 2);  // version made by
    directory_ += fields;
    put(directory_, 0, 2);  // comment
    put(directory_, 0, 4);  // disk, internal attributes
    put(directory_, 0, 4);  // external attributes
    put(directory_, out_.size(), 4);
    directory_ += name;
    put(out_, 0x04034B50, 4);
    out_ += fields + name + bytes;
    ++files_;
  }

  std::string finish() && {
    const std::uint64_t at = out_.size();
    out_ += directory_;
    put(out_, 0x06054B50, 4);
    put(out_, 0, 4);
    put(out_, files_, 2);
    put(out_, files_, 2);
    put(out_, directory_.size(), 4);
    put(out_, at, 4);
    put(out_, 0, 2);
    return std::move(out_);
  }

 private:
  std::string out_, directory_;
  std::uint64_t files_ = 0;
};

}  // namespace

void write_npz(const std::filesystem::path& path, const CsrMatrix& matrix) {
  const std::uint64_t bytes = matrix.indices.size() * 8 + matrix.offsets.size() * 8;
  if (bytes > std::numeric_limits<std::uint32_t>::max() - 65536)
    throw Error(ErrorCode::kResources, "the matrix is larger than 4 GiB, the most that .npz holds",
                "export it as parquet", {.file = path.string(), .line = 0, .key = {}});
  const std::vector<std::int64_t> shape = {matrix.rows, matrix.cols};
  Zip zip;
  zip.add("indices.npy", npy("<i4", matrix.indices));
  zip.add("indptr.npy", npy("<i8", matrix.offsets));
  zip.add("format.npy", npy("|S3", "()", std::as_bytes(std::span("csr", 3))));
  zip.add("shape.npy", npy("<i8", shape));
  zip.add("data.npy", npy("<f4", matrix.values));
  write_file_atomic(path, std::move(zip).finish());
}

}  // namespace genre
