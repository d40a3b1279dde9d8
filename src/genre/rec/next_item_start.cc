#include "genre/rec/next_item_start.h"

#include <fmt/format.h>

#include <algorithm>

#include "genre/base/error.h"
#include "genre/linalg/all_zeros.h"
#include "genre/linalg/gemm.h"

namespace genre {
namespace {

void take_over(const std::string& name, const Matrix& from, Matrix& to) {
  if (from.rows() != to.rows() || from.cols() != to.cols())
    throw Error(ErrorCode::kConfig,
                fmt::format("the model to start from has {} of {} x {}, this one of {} x {}", name, from.rows(),
                            from.cols(), to.rows(), to.cols()),
                "give both the same factors, length, layers, inner width and experts", {.key = "model.start"});
  std::copy_n(from.data(), from.rows() * from.cols(), to.data());
}

// The rows of `from` that are not zeros; both have the width of the items.
void take_over_known(const Matrix& from, Matrix& to) {
  for (std::int64_t f = 0; f < from.rows(); ++f)
    if (!all_zeros(from.row(f))) std::ranges::copy(from.row(f), to.row(f).data());
}

}  // namespace

Matrix map_of_whitened(const Matrix& map, const Whitening& whitening) {
  const std::int64_t width = map.cols();
  Matrix out(map.rows(), whitening.map.rows());
  for (std::int64_t p = 0; p < whitening.map.rows(); ++p) {
    const float* const direction = whitening.map.row(p).data();
    const float squares = dot(direction, direction, width);
    for (std::int64_t d = 0; d < map.rows(); ++d) out.row(d)[p] = dot(map.row(d).data(), direction, width) / squares;
  }
  return out;
}

void begin_with(const NextItemStart& start, std::span<const std::int32_t> known, const ItemSides& sides,
                const TrainedItems& items, neural::Parameters& parameters) {
  const neural::Parameters& before = start.model->parameters();
  const int own = items.parameters();
  if (before.size() != parameters.size() - own)
    throw Error(ErrorCode::kConfig,
                fmt::format("the model to start from reads histories with {} tensors, this one with {}", before.size(),
                            parameters.size() - own),
                "give both the same network", {.key = "model.start"});
  for (int i = 0; i < before.size(); ++i) {
    if (before[i].name != parameters[own + i].name)
      throw Error(ErrorCode::kConfig,
                  fmt::format("the model to start from has a tensor {} where this one has {}", before[i].name,
                              parameters[own + i].name),
                  "give both the same network", {.key = "model.start"});
    take_over(before[i].name, before[i].value, parameters.value(own + i));
  }
  const bool with_text = items.map() >= 0 && !start.text_map.empty(),
             with_features = items.features() >= 0 && !start.features.empty();
  if (with_text) {
    take_over("text.weight", start.text_map, parameters.value(items.map()));
    if (items.bias() >= 0) std::ranges::copy(start.text_bias, parameters.value(items.bias()).data());
  }
  if (with_features) take_over_known(start.features, parameters.value(items.features()));

  Matrix& vectors = parameters.value(items.ids());
  const Matrix from_sides = with_text || with_features ? items.from_sides(parameters, vectors.rows(), sides)
                                                       : Matrix(vectors.rows(), vectors.cols());
  for (std::size_t k = 0; k < known.size(); ++k) {
    const auto row = vectors.row(static_cast<std::int64_t>(k));
    const auto given = from_sides.row(static_cast<std::int64_t>(k));
    const std::int32_t there = start.items[known[k]];
    if (there >= 0)
      std::ranges::transform(start.model->vectors().row(there), given, row.begin(), std::minus<>());
    else if (std::ranges::any_of(given, [](float x) { return x != 0; }))
      std::ranges::fill(row, 0.0f);
  }
}

}  // namespace genre
