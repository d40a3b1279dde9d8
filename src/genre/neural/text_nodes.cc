#include "genre/neural/text_nodes.h"

#include <algorithm>
#include <cmath>

#include "genre/base/thread_pool.h"
#include "genre/neural/room.h"

namespace genre::neural {
namespace {

// Of He et al., "Delving deep into rectifiers" (2015), for an even spread behind each layer.
double layer_deviation(std::int64_t inputs, double gain) { return std::sqrt(gain / static_cast<double>(inputs)); }

void activate_backward(ConstMatrixView sums, MatrixView gradient) {
  for (std::int64_t i = 0; i < sums.rows() * sums.cols(); ++i)
    gradient.data()[i] *= sums.data()[i] < 0 ? TextNodes::kLeak : 1.0f;
}

CsrMatrix shares(const CsrMatrix& interactions) {
  CsrMatrix out = interactions;
  for (std::int64_t u = 0; u < out.rows; ++u) {
    const std::int64_t first = out.offsets[u], last = out.offsets[u + 1];
    std::fill(out.values.begin() + first, out.values.begin() + last, 1 / static_cast<float>(last - first));
  }
  return out;
}

// Rows [first, last) that part `number` works on.
struct Rows {
  Rows(std::int64_t rows, std::size_t number)
      : first(rows * static_cast<std::int64_t>(number) / TextNodes::kParts),
        last(rows * static_cast<std::int64_t>(number + 1) / TextNodes::kParts) {}
  ConstMatrixView of(ConstMatrixView all) const { return {all.data() + first * all.cols(), last - first, all.cols()}; }
  MatrixView of(Matrix& all) const { return {all.data() + first * all.cols(), last - first, all.cols()}; }
  std::int64_t first, last;
};

// Calls body(rows, part) for each part that has some.
template <class Body>
void for_parts(std::int64_t rows, const Body& body) {
  global_pool().parallel_for(TextNodes::kParts, 1, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t part = begin; part < end; ++part)
      if (const Rows own(rows, part); own.first < own.last) body(own, part);
  });
}

}  // namespace

TextNodes::TextNodes(const CsrMatrix& interactions, ConstMatrixView text, std::int64_t hidden, std::int64_t width,
                     Parameters& parameters, RandomStream& random)
    : text_(text),
      by_user_(shares(interactions)),
      by_item_(transpose(by_user_)),
      first_(parameters, "first", text.cols(), hidden, layer_deviation(1, 2), random),  // rows of text have length 1
      second_(parameters, "second", hidden, width, layer_deviation(hidden, 1), random),
      sums_(zero_vectors(interactions.rows, interactions.cols, hidden)),
      states_(sums_),
      d_sums_(sums_) {}

void TextNodes::forward(const Parameters& parameters, NodeVectors& out) {
  first_.pack(parameters);
  second_.pack(parameters);
  for_parts(text_.rows(),
            [&](const Rows& rows, std::size_t) { first_.forward(parameters, rows.of(text_), rows.of(sums_.items)); });
  for_parts(by_user_.rows, [&](const Rows& rows, std::size_t) {
    for (std::int64_t u = rows.first; u < rows.last; ++u)
      sum_rows(sums_.items, by_user_.row_indices(u), by_user_.row_values(u), sums_.users.row(u));
  });
  const auto finish = [&](const Matrix& sums, Matrix& states, Matrix& vectors) {
    for_parts(sums.rows(), [&](const Rows& rows, std::size_t) {
      const MatrixView own = rows.of(states);
      copy_rows(rows.of(sums.view()), own);
      activate({own.data(), static_cast<std::size_t>(own.rows() * own.cols())});
      second_.forward(parameters, own, rows.of(vectors));
    });
  };
  finish(sums_.users, states_.users, out.users);
  finish(sums_.items, states_.items, out.items);
}

void TextNodes::backward(const NodeVectors& d_out, std::vector<Gradients>& parts) {
  const auto start = [&](const Matrix& d_vectors, const Matrix& states, const Matrix& sums, Matrix& d_sums) {
    for_parts(sums.rows(), [&](const Rows& rows, std::size_t part) {
      const MatrixView own = rows.of(d_sums);
      second_.backward(rows.of(states.view()), rows.of(d_vectors.view()), own, parts[part]);
      activate_backward(rows.of(sums.view()), own);
    });
  };
  start(d_out.users, states_.users, sums_.users, d_sums_.users);
  start(d_out.items, states_.items, sums_.items, d_sums_.items);
  for_parts(text_.rows(), [&](const Rows& rows, std::size_t part) {
    std::vector<float> of_users(d_sums_.items.cols());
    for (std::int64_t i = rows.first; i < rows.last; ++i) {
      sum_rows(d_sums_.users, by_item_.row_indices(i), by_item_.row_values(i), of_users);
      add_scaled(1, of_users.data(), d_sums_.items.row(i).data(), std::ssize(of_users));
    }
    first_.backward(rows.of(text_), rows.of(d_sums_.items), {nullptr, 0, text_.cols()}, parts[part]);
  });
}

void TextNodes::activate(std::span<float> sums) {
  for (float& sum : sums) sum *= sum < 0 ? kLeak : 1.0f;
}

}  // namespace genre::neural
