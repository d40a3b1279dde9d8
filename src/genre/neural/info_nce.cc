#include "genre/neural/info_nce.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "genre/neural/room.h"

namespace genre::neural {

double InfoNce::loss(MatrixView views, float factor, MatrixView d_views) {
  assert(views.rows() > 0 && views.rows() % 2 == 0);
  const std::int64_t count = views.rows(), width = views.cols();
  own_.resize(static_cast<std::size_t>(count));
  other_.resize(own_.size());
  for (std::size_t v = 0; v < own_.size(); ++v) {
    own_[v] = static_cast<std::int32_t>(v);
    other_[v] = static_cast<std::int32_t>(v ^ 1U);
  }
  unit_.apply(views, static_cast<float>(1 / std::sqrt(temperature_)));
  softmax_.pack(views);
  const MatrixView d_told_from = room(d_told_from_, count, width);
  std::fill_n(d_told_from.data(), count * width, 0.0f);
  const double sum = softmax_.loss(views, other_, factor / static_cast<float>(count), d_views, d_told_from, own_);
  add_scaled(1, d_told_from.data(), d_views.data(), count * width);
  unit_.backward(views, d_views);
  return sum / static_cast<double>(count);
}

}  // namespace genre::neural
