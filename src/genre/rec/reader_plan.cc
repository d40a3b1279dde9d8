#include "genre/rec/reader_plan.h"

#include <string>

#include "genre/base/error.h"

namespace genre {
namespace {

template <class Reader, class Shape>
auto maker(const Shape& shape) {
  return [shape](neural::Parameters& parameters, RandomStream& random) -> std::unique_ptr<neural::HistoryReader> {
    return std::make_unique<Reader>(shape, parameters, random);
  };
}

}  // namespace

ReaderPlan reader_plan(const neural::TransformerShape& shape) {
  if (shape.width % shape.heads != 0)
    throw Error(ErrorCode::kConfig,
                std::to_string(shape.width) + " factors cannot be dealt to " + std::to_string(shape.heads) + " heads",
                "choose a multiple", {.key = "model.factors"});
  const std::int64_t layer = 4 * shape.width * shape.width + 2 * shape.width * shape.inner + 16 * shape.width;
  return {maker<neural::TransformerReader>(shape), (shape.positions + 1) * shape.width + shape.layers * layer,
          shape.layers * (9 * shape.width + 3 * shape.inner + 2 * shape.heads * shape.positions)};
}

ReaderPlan reader_plan(const neural::RecurrentShape& shape) {
  const std::int64_t first = 3 * shape.inner * (shape.width + shape.inner + 2),
                     other = 3 * shape.inner * (2 * shape.inner + 2), output = shape.width * (shape.inner + 1);
  return {maker<neural::RecurrentReader>(shape), first + (shape.layers - 1) * other + output,
          shape.layers * (shape.width + 16 * shape.inner)};
}

ReaderPlan reader_plan(const neural::PooledShape& shape) {
  const std::int64_t network = 2 * shape.width * shape.inner + shape.width + shape.inner,
                     weights = shape.inner * (shape.width + 2) + 1;
  return {maker<neural::PooledReader>(shape), network + weights, 8 * shape.width + 4 * shape.inner};
}

}  // namespace genre
