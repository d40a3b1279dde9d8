// Vectors that are looked up by number: a step changes those that it mentions and no others.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/linalg/matrix.h"
#include "genre/optim/optimizer.h"

namespace genre::neural {

// Row t of `out` becomes row numbers[t] of the table.
void look_up(ConstMatrixView table, std::span<const std::int32_t> numbers, MatrixView out);

// The numbers that a step looked up, gathered by row. Memory: 4 bytes a row of the table, and 16 a number.
class Mentions {
 public:
  explicit Mentions(std::int64_t rows) : slot_(rows, -1) {}

  void assign(std::span<const std::int32_t> numbers);
  std::span<const std::int64_t> rows() const { return rows_; }  // each once, in the order of the first mention

  // Row r of `out` becomes the sum of the gradients (T x D) of all that looked rows()[r] up. Uses the global pool; the
  // bits do not depend on the number of threads.
  void sum(ConstMatrixView gradients, MatrixView out) const;

  // One step of an optimizer that updates rows, on the rows mentioned of the tensor of that number. The others stay as
  // they are: their moments do not decay, their weights neither. ("Lazy" Adam; the plain one goes on moving a row for
  // some steps after its gradient.)
  void update(Matrix& table, ConstMatrixView gradients, Optimizer& optimizer, int tensor, const UpdateRule& rule);

 private:
  std::vector<std::int32_t> slot_;  // of a row in rows_; -1 between steps
  std::vector<std::int64_t> rows_;
  std::vector<std::int64_t> offsets_;  // rows + 1
  std::vector<std::int32_t> at_;       // T: where each row was looked up, one row after the other
  Matrix sums_;
};

}  // namespace genre::neural
