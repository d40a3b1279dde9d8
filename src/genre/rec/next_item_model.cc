#include "genre/rec/next_item_model.h"

#include <algorithm>

#include "genre/linalg/all_zeros.h"
#include "genre/rec/cosine_neighbours.h"
#include "genre/rec/parameter_tensors.h"
#include "genre/rec/tensors.h"

namespace genre {
namespace {

constexpr std::int64_t kQueryTokens = 4096;  // of histories that are encoded together

}  // namespace

NextItemModel::NextItemModel(Matrix items, neural::Parameters parameters, std::unique_ptr<neural::HistoryReader> reader,
                             std::int64_t length)
    : vectors_(std::move(items)), parameters_(std::move(parameters)), reader_(std::move(reader)), length_(length) {
  packed_ = PackedMatrix::pack(vectors_, /*transposed=*/true);
  reader_->pack(parameters_);
  std::vector<std::int32_t> silent;
  for (std::int64_t i = 0; i < vectors_.rows(); ++i)
    if (all_zeros(vectors_.row(i))) silent.push_back(static_cast<std::int32_t>(i));
  search_ = ProductSearch(vectors_, std::move(silent));
}

Matrix NextItemModel::states(std::span<const Query> queries, ConstMatrixView leading) const {
  Matrix out(std::ssize(queries), width());
  const auto pass = reader_->new_pass();
  const int mask = reader_->mask();
  std::vector<std::int64_t> offsets = {0}, numbers;
  std::vector<float> tokens;
  const auto encode = [&] {
    const MatrixView x{tokens.data(), offsets.back(), width()};
    reader_->forward(parameters_, x, offsets, /*random=*/nullptr, *pass);
    for (std::size_t b = 0; b < numbers.size(); ++b)
      std::ranges::copy(x.row(offsets[b + 1] - 1), out.row(numbers[b]).data());
    offsets = {0};
    numbers.clear();
    tokens.clear();
  };
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const bool led = leading.rows() > 0 && !all_zeros(leading.row(static_cast<std::int64_t>(q)));
    const std::int64_t beside = (led ? 1 : 0) + (mask < 0 ? 0 : 1),
                       count = std::min<std::int64_t>(std::ssize(queries[q].history), length_ - beside);
    if (count == 0 && !led) continue;
    const auto append = [&](std::span<const float> vector) {
      tokens.insert(tokens.end(), vector.begin(), vector.end());
    };
    if (led) append(leading.row(static_cast<std::int64_t>(q)));
    for (const std::int32_t item : queries[q].history.last(static_cast<std::size_t>(count)))
      append(std::as_const(vectors_).row(item));
    if (mask >= 0) append(parameters_.value(mask).row(0));
    offsets.push_back(offsets.back() + count + beside);
    numbers.push_back(static_cast<std::int64_t>(q));
    if (offsets.back() >= kQueryTokens) encode();
  }
  if (!numbers.empty()) encode();
  return out;
}

void NextItemModel::score(std::span<const Query> queries, ConstMatrixView leading, MatrixView scores) const {
  const Matrix found = states(queries, leading);
  multiply_serial(found.data(), found.rows(), found.cols(), packed_, scores.data(), scores.cols());
  for (std::int64_t q = 0; q < scores.rows(); ++q)
    for (const std::int32_t item : search_.left_out()) scores.row(q)[item] = kMasked;
}

std::vector<ScoredIndex> NextItemModel::find_best(const Query& query, ConstMatrixView leading,
                                                  const RankOptions& options) const {
  const Matrix state = states({&query, 1}, leading);
  return search_.best(vectors_, state.row(0), {}, options);
}

std::vector<ScoredIndex> NextItemModel::similar_items(std::int32_t item, int k) const {
  return cosine_neighbours(vectors_, item, k);
}

void NextItemModel::save(SafetensorsWriter& out, const std::string& prefix) const {
  out.add(prefix + "items", vectors_.values(), {items(), width()});
  add_parameters(out, prefix, parameters_);
}

NextItemModel NextItemModel::load(const SafetensorsFile& in, const std::string& prefix, const ReaderPlan& plan,
                                  std::int64_t length) {
  Matrix vectors = read_matrix(in, prefix + "items");
  if (vectors.empty()) bad_tensor(in, prefix + "items", "has no items");
  neural::Parameters parameters;
  RandomStream random(0, "loaded");
  auto reader = plan.make(parameters, random);
  if (vectors.cols() != reader->width()) bad_tensor(in, prefix + "items", "has another width than model.factors");
  read_parameters(in, prefix, parameters);
  return {std::move(vectors), std::move(parameters), std::move(reader), length};
}

}  // namespace genre
