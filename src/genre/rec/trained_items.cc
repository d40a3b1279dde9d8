#include "genre/rec/trained_items.h"

#include <algorithm>

#include "genre/base/thread_pool.h"
#include "genre/linalg/all_zeros.h"

namespace genre {
namespace {

constexpr double kDeviation = 0.02;

// Which items something is known of.
std::vector<std::uint8_t> known_items(std::int64_t items, const ItemSides& sides) {
  std::vector<std::uint8_t> out(items);
  for (std::int64_t i = 0; i < items; ++i)
    out[i] = (!sides.text.empty() && !all_zeros(sides.text.row(i))) ||
                     (sides.features != nullptr && !sides.features->row_indices(i).empty())
                 ? 1
                 : 0;
  return out;
}

}  // namespace

TrainedItems::TrainedItems(std::int64_t items, std::int64_t width, const ItemSides& sides, const ItemEncoding& encoding,
                           neural::Parameters& parameters, RandomStream& random)
    : sides_(sides), encoding_(encoding), ids_(parameters.add("items", items, width, /*decays=*/true)) {
  const auto fill = [&](int number) { neural::fill_normal(parameters.value(number), kDeviation, random); };
  fill(ids_);
  if (!sides.text.empty()) {
    map_ = parameters.add("text.weight", width, sides.text.cols(), /*decays=*/true);
    fill(map_);
    packed_text_ = PackedMatrix::pack(sides.text, /*transposed=*/false);
    ++parameters_;
  }
  if (sides.features != nullptr) {
    features_ = parameters.add("features.weight", sides.features->cols, width, /*decays=*/true);
    fill(features_);
    by_feature_ = transpose(*sides.features);
    ++parameters_;
  }
  if (sides.empty() && !encoding.unit) return;
  vectors_ = Matrix(items, width);
  known_ = known_items(items, sides);
  left_out_.resize(items);
}

void TrainedItems::add_sides(const neural::Parameters& parameters, const ItemSides& sides, MatrixView vectors) const {
  if (map_ >= 0)
    multiply(sides.text.data(), sides.text.rows(), sides.text.cols(),
             PackedMatrix::pack(parameters.value(map_), /*transposed=*/true), vectors.data(), vectors.cols(),
             {.residual = vectors.data()});
  if (features_ < 0) return;
  const Matrix& table = parameters.value(features_);
  global_pool().parallel_for(static_cast<std::size_t>(vectors.rows()), 256,
                             [&](std::size_t begin, std::size_t end, int) {
                               for (auto i = static_cast<std::int64_t>(begin); i < static_cast<std::int64_t>(end); ++i)
                                 for (const std::int32_t feature : sides.features->row_indices(i))
                                   add_scaled(1, table.row(feature).data(), vectors.row(i).data(), vectors.cols());
                             });
}

ConstMatrixView TrainedItems::forward(const neural::Parameters& parameters, RandomStream* random) {
  const Matrix& own = parameters.value(ids_);
  if (vectors_.empty()) return own;
  for (std::int64_t i = 0; i < own.rows(); ++i) {
    const bool drawn = random != nullptr && !sides_.empty() && random->uniform() < encoding_.id_dropout;
    left_out_[i] = (drawn || encoding_.id_dropout == 1) && known_[i] != 0 ? 1 : 0;
    if (left_out_[i] != 0)
      std::ranges::fill(vectors_.row(i), 0.0f);
    else
      std::ranges::copy(own.row(i), vectors_.row(i).data());
  }
  add_sides(parameters, sides_, vectors_.view());
  if (encoding_.unit) unit_.apply(vectors_.view(), 1);
  return vectors_;
}

void TrainedItems::backward(neural::Gradients& gradients) const {
  if (vectors_.empty()) return;
  Matrix& own = gradients[ids_];
  if (encoding_.unit) unit_.backward(vectors_, own.view());
  if (map_ >= 0) {
    Matrix& map = gradients[map_];
    global_pool().parallel_for(static_cast<std::size_t>(own.cols()), 16, [&](std::size_t begin, std::size_t end, int) {
      multiply_serial_transposed(own.data() + begin, static_cast<std::int64_t>(end - begin), own.cols(), packed_text_,
                                 map.row(static_cast<std::int64_t>(begin)).data(), map.cols());
    });
  }
  if (features_ >= 0) {
    Matrix& table = gradients[features_];
    global_pool().parallel_for(
        static_cast<std::size_t>(table.rows()), 16, [&](std::size_t begin, std::size_t end, int) {
          for (auto f = static_cast<std::int64_t>(begin); f < static_cast<std::int64_t>(end); ++f)
            sum_rows(own, by_feature_.row_indices(f), {}, table.row(f));
        });
  }
  for (std::int64_t i = 0; i < own.rows(); ++i)
    if (left_out_[i] != 0) std::ranges::fill(own.row(i), 0.0f);
}

Matrix TrainedItems::described(const neural::Parameters& parameters, std::int64_t items, const ItemSides& sides) const {
  Matrix out(items, parameters.value(ids_).cols());
  add_sides(parameters, sides, out.view());
  if (encoding_.unit) neural::UnitRows().apply(out.view(), 1);
  return out;
}

}  // namespace genre
