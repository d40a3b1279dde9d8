#include "genre/rec/csr_tensors.h"

#include <algorithm>

#include "genre/rec/tensors.h"

namespace genre {

void save_csr(SafetensorsWriter& out, const std::string& prefix, const CsrMatrix& matrix) {
  out.add(prefix + "offsets", std::span<const std::int64_t>(matrix.offsets), {matrix.rows + 1});
  out.add(prefix + "indices", std::span<const std::int32_t>(matrix.indices), {matrix.nonzeros()});
  out.add(prefix + "values", std::span<const float>(matrix.values), {matrix.nonzeros()});
}

CsrMatrix read_csr(const SafetensorsFile& in, const std::string& prefix, std::int64_t cols) {
  CsrMatrix out;
  out.offsets = read_vector<std::int64_t>(in, prefix + "offsets");
  out.indices = read_vector<std::int32_t>(in, prefix + "indices");
  out.values = read_vector<float>(in, prefix + "values");
  out.rows = static_cast<std::int64_t>(out.offsets.size()) - 1;
  out.cols = cols < 0 ? out.rows : cols;
  if (out.rows < 1 || out.offsets.front() != 0 || !std::is_sorted(out.offsets.begin(), out.offsets.end()))
    bad_tensor(in, prefix + "offsets", "does not ascend from 0");
  if (out.nonzeros() != static_cast<std::int64_t>(out.indices.size()))
    bad_tensor(in, prefix + "indices", "has another length than the offsets say");
  if (out.values.size() != out.indices.size()) bad_tensor(in, prefix + "values", "has another length than the indices");
  for (std::int64_t r = 0; r < out.rows; ++r) {
    const auto row = out.row_indices(r);
    const bool ascends = std::adjacent_find(row.begin(), row.end(), [](auto a, auto b) { return a >= b; }) == row.end();
    if (!row.empty() && (row.front() < 0 || row.back() >= out.cols || !ascends))
      bad_tensor(in, prefix + "indices", "has an entry out of order or out of range");
  }
  return out;
}

}  // namespace genre
