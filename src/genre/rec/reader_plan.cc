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

void require_shares(std::int64_t width, int heads) {
  if (width % heads != 0)
    throw Error(ErrorCode::kConfig,
                std::to_string(width) + " factors cannot be dealt to " + std::to_string(heads) + " heads",
                "choose a multiple", {.key = "model.factors"});
}

}  // namespace

ReaderPlan reader_plan(const neural::TransformerShape& shape) {
  require_shares(shape.width, shape.heads);
  const std::int64_t layer = 4 * shape.width * shape.width + 2 * shape.width * shape.inner + 16 * shape.width;
  return {maker<neural::TransformerReader>(shape), (shape.positions + 1) * shape.width + shape.layers * layer,
          shape.layers * (9 * shape.width + 3 * shape.inner + 2 * shape.heads * shape.positions)};
}

ReaderPlan reader_plan(const neural::HstuShape& shape) {
  require_shares(shape.width, shape.heads);
  const std::int64_t layer = 5 * shape.width * shape.width + 9 * shape.width + shape.heads * shape.positions;
  return {maker<neural::HstuReader>(shape), 4 * shape.width + shape.layers * layer,
          shape.layers * (14 * shape.width + shape.heads * (shape.positions + 1)) + 10 * shape.width +
              shape.heads * (shape.positions + 1) / 2};
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
