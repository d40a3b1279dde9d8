#include "genre/rec/trained_items.h"

#include <algorithm>

#include "genre/base/thread_pool.h"

namespace genre {
namespace {

constexpr double kDeviation = 0.02;

}  // namespace

TrainedItems::TrainedItems(std::int64_t items, std::int64_t width, ConstMatrixView text, double id_dropout,
                           neural::Parameters& parameters, RandomStream& random)
    : text_(text), id_dropout_(id_dropout), ids_(parameters.add("items", items, width, /*decays=*/true)) {
  neural::fill_normal(parameters.value(ids_), kDeviation, random);
  if (text.empty()) return;
  map_ = parameters.add("text.weight", width, text.cols(), /*decays=*/true);
  neural::fill_normal(parameters.value(map_), kDeviation, random);
  packed_text_ = PackedMatrix::pack(text, /*transposed=*/false);
  vectors_ = Matrix(items, width);
  left_out_.resize(items);
}

ConstMatrixView TrainedItems::forward(const neural::Parameters& parameters, RandomStream* random) {
  const Matrix& own = parameters.value(ids_);
  if (!has_text()) return own;
  for (std::int64_t i = 0; i < own.rows(); ++i) {
    left_out_[i] = random != nullptr && random->uniform() < id_dropout_ ? 1 : 0;
    if (left_out_[i] != 0 && std::ranges::all_of(text_.row(i), [](float x) { return x == 0; })) left_out_[i] = 0;
    if (left_out_[i] != 0)
      std::ranges::fill(vectors_.row(i), 0.0f);
    else
      std::ranges::copy(own.row(i), vectors_.row(i).data());
  }
  packed_map_.repack(parameters.value(map_), /*transposed=*/true);
  multiply(text_.data(), text_.rows(), text_.cols(), packed_map_, vectors_.data(), vectors_.cols(),
           {.residual = vectors_.data()});
  return vectors_;
}

void TrainedItems::backward(neural::Gradients& gradients) const {
  if (!has_text()) return;
  Matrix &own = gradients[ids_], &map = gradients[map_];
  global_pool().parallel_for(static_cast<std::size_t>(own.cols()), 16, [&](std::size_t begin, std::size_t end, int) {
    multiply_serial_transposed(own.data() + begin, static_cast<std::int64_t>(end - begin), own.cols(), packed_text_,
                               map.row(static_cast<std::int64_t>(begin)).data(), map.cols());
  });
  for (std::int64_t i = 0; i < own.rows(); ++i)
    if (left_out_[i] != 0) std::ranges::fill(own.row(i), 0.0f);
}

}  // namespace genre
