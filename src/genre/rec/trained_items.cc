#include "genre/rec/trained_items.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "genre/base/thread_pool.h"
#include "genre/linalg/all_zeros.h"
#include "genre/neural/expert_mixture.h"

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

// The numbers of a text become their gradient, for that of the vector.
void text_numbers_backward(std::span<const float> d_vector, int experts, std::span<float> numbers) {
  const auto vectors = numbers.first(experts * d_vector.size()), logits = numbers.subspan(vectors.size());
  neural::mixture_backward(d_vector, vectors, logits, vectors, logits);
}

}  // namespace

void ItemEncoding::add_text(std::span<const float> numbers, std::span<float> vector) const {
  if (experts == 1)
    add_scaled(1, numbers.data(), vector.data(), std::ssize(vector));
  else
    neural::add_mixture(numbers.first(experts * vector.size()), numbers.subspan(experts * vector.size()), vector);
}

TrainedItems::TrainedItems(std::int64_t items, std::int64_t width, const ItemSides& sides, const ItemEncoding& encoding,
                           neural::Parameters& parameters, RandomStream& random)
    : sides_(sides), encoding_(encoding), ids_(parameters.add("items", items, width, /*decays=*/true)) {
  const auto fill = [&](int number, double deviation) {
    neural::fill_normal(parameters.value(number), deviation, random);
  };
  fill(ids_, kDeviation);
  if (!sides.text.empty()) {
    const std::int64_t numbers = encoding.text_numbers(width);
    map_ = parameters.add("text.weight", numbers, sides.text.cols(), /*decays=*/true);
    fill(map_, kDeviation * std::sqrt(encoding.experts));  // a mean of equal shares then deviates as one map does
    if (encoding.experts > 1) {
      bias_ = parameters.add("text.bias", 1, numbers, /*decays=*/false);
      ++parameters_;
    }
    packed_text_ = PackedMatrix::pack(sides.text, /*transposed=*/false);
    ++parameters_;
  }
  if (sides.features != nullptr) {
    features_ = parameters.add("features.weight", sides.features->cols, width, /*decays=*/true);
    fill(features_, kDeviation);
    by_feature_ = transpose(*sides.features);
    ++parameters_;
  }
  if (sides.empty() && !encoding.unit) return;
  vectors_ = Matrix(items, width);
  known_ = known_items(items, sides);
  left_out_.resize(items);
}

void TrainedItems::add_text(const neural::Parameters& parameters, ConstMatrixView text, MatrixView vectors,
                            Matrix& numbers) const {
  const PackedMatrix map = PackedMatrix::pack(parameters.value(map_), /*transposed=*/true);
  if (!mixes())
    return multiply(text.data(), text.rows(), text.cols(), map, vectors.data(), vectors.cols(),
                    {.residual = vectors.data()});
  if (numbers.rows() != text.rows()) numbers = Matrix(text.rows(), map.cols());
  multiply(text.data(), text.rows(), text.cols(), map, numbers.data(), numbers.cols(),
           {.bias = parameters.value(bias_).data()});
  global_pool().parallel_for(static_cast<std::size_t>(text.rows()), 256, [&](std::size_t begin, std::size_t end, int) {
    for (auto i = static_cast<std::int64_t>(begin); i < static_cast<std::int64_t>(end); ++i)
      if (!all_zeros(text.row(i))) encoding_.add_text(std::as_const(numbers).row(i), vectors.row(i));
  });
}

void TrainedItems::add_features(const neural::Parameters& parameters, const CsrMatrix& features,
                                MatrixView vectors) const {
  const Matrix& table = parameters.value(features_);
  global_pool().parallel_for(static_cast<std::size_t>(vectors.rows()), 256,
                             [&](std::size_t begin, std::size_t end, int) {
                               for (auto i = static_cast<std::int64_t>(begin); i < static_cast<std::int64_t>(end); ++i)
                                 for (const std::int32_t feature : features.row_indices(i))
                                   add_scaled(1, table.row(feature).data(), vectors.row(i).data(), vectors.cols());
                             });
}

void TrainedItems::add_sides(const neural::Parameters& parameters, const ItemSides& sides, MatrixView vectors,
                             Matrix& numbers) const {
  if (map_ >= 0) add_text(parameters, sides.text, vectors, numbers);
  if (features_ >= 0) add_features(parameters, *sides.features, vectors);
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
  add_sides(parameters, sides_, vectors_.view(), numbers_);
  if (encoding_.unit) unit_.apply(vectors_.view(), 1);
  return vectors_;
}

void TrainedItems::text_backward(ConstMatrixView d_numbers, neural::Gradients& gradients) const {
  Matrix& map = gradients[map_];
  global_pool().parallel_for(
      static_cast<std::size_t>(d_numbers.cols()), 16, [&](std::size_t begin, std::size_t end, int) {
        const auto count = static_cast<std::int64_t>(end - begin);
        multiply_serial_transposed(d_numbers.data() + begin, count, d_numbers.cols(), packed_text_,
                                   map.row(static_cast<std::int64_t>(begin)).data(), map.cols());
        if (!mixes()) return;
        float* const bias = gradients[bias_].data() + begin;
        std::fill_n(bias, count, 0.0f);
        for (std::int64_t i = 0; i < d_numbers.rows(); ++i) add_scaled(1, d_numbers.row(i).data() + begin, bias, count);
      });
}

void TrainedItems::backward(neural::Gradients& gradients) {
  if (vectors_.empty()) return;
  Matrix& own = gradients[ids_];
  if (encoding_.unit) unit_.backward(vectors_, own.view());
  if (mixes()) {
    global_pool().parallel_for(static_cast<std::size_t>(own.rows()), 256, [&](std::size_t begin, std::size_t end, int) {
      for (auto i = static_cast<std::int64_t>(begin); i < static_cast<std::int64_t>(end); ++i) {
        if (all_zeros(sides_.text.row(i)))
          std::ranges::fill(numbers_.row(i), 0.0f);
        else
          text_numbers_backward(std::as_const(own).row(i), encoding_.experts, numbers_.row(i));
      }
    });
    text_backward(numbers_, gradients);
  } else if (map_ >= 0) {
    text_backward(own, gradients);
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

Matrix TrainedItems::from_sides(const neural::Parameters& parameters, std::int64_t items,
                                const ItemSides& sides) const {
  Matrix out(items, parameters.value(ids_).cols()), numbers;
  add_sides(parameters, sides, out.view(), numbers);
  return out;
}

Matrix TrainedItems::described(const neural::Parameters& parameters, std::int64_t items, const ItemSides& sides) const {
  Matrix out = from_sides(parameters, items, sides);
  if (encoding_.unit) neural::UnitRows().apply(out.view(), 1);
  return out;
}

}  // namespace genre
