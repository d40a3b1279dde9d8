#include "genre/lm/vector_agreement.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "genre/base/error.h"

namespace genre {
namespace {

double cosine(std::span<const float> a, std::span<const float> b) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t d = 0; d < a.size(); ++d)
    ab += double{a[d]} * b[d], aa += double{a[d]} * a[d], bb += double{b[d]} * b[d];
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

}  // namespace

VectorAgreement agreement(ConstMatrixView reference, ConstMatrixView other) {
  assert(reference.rows() == other.rows() && reference.cols() == other.cols());
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  VectorAgreement out{reference.rows(), 0, 1};
  for (std::int64_t i = 0; i < reference.rows(); ++i) {
    const double one = cosine(reference.row(i), other.row(i));
    out.mean += one;
    out.worst = std::min(out.worst, one);
  }
  if (out.texts == 0) return {0, kNone, kNone};
  out.mean /= static_cast<double>(out.texts);
  return out;
}

VectorAgreement agreement(const TextEncoder& reference, const TextEncoder& other, std::span<const std::string> texts) {
  if (reference.dimension() != other.dimension())
    throw Error(ErrorCode::kData, "vectors of " + std::to_string(reference.dimension()) + " and " +
                                      std::to_string(other.dimension()) + " elements cannot be compared");
  return agreement(reference.encode(texts), other.encode(texts));
}

}  // namespace genre
