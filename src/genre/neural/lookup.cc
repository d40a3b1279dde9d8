#include "genre/neural/lookup.h"

#include <algorithm>
#include <cassert>

#include "genre/base/thread_pool.h"
#include "genre/linalg/gemm.h"
#include "genre/neural/room.h"

namespace genre::neural {
namespace {

constexpr std::size_t kLookupRows = 64;  // rows

}  // namespace

void look_up(ConstMatrixView table, std::span<const std::int32_t> numbers, MatrixView out) {
  assert(out.rows() == std::ssize(numbers) && out.cols() == table.cols());
  for (std::size_t t = 0; t < numbers.size(); ++t)
    std::ranges::copy(table.row(numbers[t]), out.row(static_cast<std::int64_t>(t)).data());
}

void Mentions::assign(std::span<const std::int32_t> numbers) {
  rows_.clear();
  offsets_.assign(1, 0);
  for (const std::int32_t number : numbers) {
    if (slot_[number] < 0) {
      slot_[number] = static_cast<std::int32_t>(rows_.size());
      rows_.push_back(number);
      offsets_.push_back(0);
    }
    ++offsets_[slot_[number] + 1];
  }
  for (std::size_t r = 0; r < rows_.size(); ++r) offsets_[r + 1] += offsets_[r];
  at_.resize(numbers.size());
  for (std::size_t t = 0; t < numbers.size(); ++t) at_[offsets_[slot_[numbers[t]]]++] = static_cast<std::int32_t>(t);
  for (std::size_t r = rows_.size(); r > 0; --r) offsets_[r] = offsets_[r - 1];
  offsets_[0] = 0;
  for (const std::int64_t row : rows_) slot_[row] = -1;
}

void Mentions::sum(ConstMatrixView gradients, MatrixView out) const {
  assert(gradients.rows() == std::ssize(at_) && out.rows() == std::ssize(rows_));
  global_pool().parallel_for(rows_.size(), kLookupRows, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t r = begin; r < end; ++r)
      sum_rows(gradients, std::span(at_).subspan(offsets_[r], offsets_[r + 1] - offsets_[r]), {},
               out.row(static_cast<std::int64_t>(r)));
  });
}

void Mentions::update(Matrix& table, ConstMatrixView gradients, Optimizer& optimizer, int tensor,
                      const UpdateRule& rule) {
  const MatrixView sums = room(sums_, std::ssize(rows_), table.cols());
  sum(gradients, sums);
  optimizer.update_rows(tensor, {table.data(), static_cast<std::size_t>(table.rows() * table.cols())}, rows_,
                        {sums.data(), static_cast<std::size_t>(sums.rows() * sums.cols())}, rule);
}

}  // namespace genre::neural
