#include "genre/rec/field_items.h"

#include <algorithm>
#include <utility>

#include "genre/base/thread_pool.h"
#include "genre/linalg/all_zeros.h"
#include "genre/linalg/gemm.h"
#include "genre/neural/parameters.h"
#include "genre/neural/room.h"

namespace genre {
namespace {

constexpr std::size_t kComposedAtATime = 64;      // items of a thread
constexpr std::int64_t kCatalogueAtATime = 4096;  // items, whose texts lie in memory twice meanwhile

float squared_length(std::span<const float> v) { return dot(v.data(), v.data(), std::ssize(v)); }

// Whether an item has inputs beside its own.
bool described(const FmInputs& inputs, std::int32_t item) {
  return (inputs.features != nullptr && !inputs.features->row_indices(item).empty()) ||
         (inputs.vectors.cols() > 0 && !all_zeros(inputs.vectors.row(item)));
}

}  // namespace

std::int64_t FieldItems::fields(const FmInputs& inputs) {
  return 1 + (inputs.features != nullptr ? 1 : 0) + (inputs.vectors.cols() > 0 ? 1 : 0);
}

FieldItems::FieldItems(const FmInputs& inputs, std::int64_t items, std::vector<std::int32_t> known,
                       std::int64_t factors, double left_out)
    : inputs_(inputs),
      items_(items),
      factors_(factors),
      fields_(fields(inputs)),
      left_out_(left_out),
      known_(std::move(known)),
      own_{Matrix(std::ssize(known_), factors + 1)},
      features_{Matrix(inputs.features == nullptr ? 0 : inputs.features->cols, factors + 1)},
      vectors_{Matrix(inputs.vectors.cols(), factors + 1)},
      mentions_(std::ssize(known_)),
      feature_mentions_(features_.rows.rows()),
      slot_(known_.size(), -1) {
  for (const std::int32_t item : known_) described_.push_back(described(inputs_, item) ? 1 : 0);
}

void FieldItems::start(RandomStream& random, Optimizer& optimizer) {
  for (Table* const table : {&own_, &features_, &vectors_}) {
    if (table->rows.rows() == 0) continue;
    neural::fill_normal(table->rows, OwnItems::kStartDeviation, random);
    for (std::int64_t r = 0; r < table->rows.rows(); ++r) table->rows.row(r)[factors_] = 0;
    table->tensor = optimizer.add(table->rows.rows(), table->rows.cols());
  }
}

MatrixView FieldItems::texts(std::span<const Entry> entries, Matrix& memory) const {
  const MatrixView out = neural::room(memory, std::ssize(entries), inputs_.vectors.cols());
  if (inputs_.vectors.empty()) return out;
  for (std::int64_t n = 0; n < out.rows(); ++n)
    std::ranges::copy(inputs_.vectors.row(entries[n].item), out.row(n).data());
  return out;
}

void FieldItems::compose(std::span<const Entry> entries, ConstMatrixView texts, MatrixView out) const {
  const std::int64_t count = std::ssize(entries), dense = inputs_.vectors.cols(), width = factors_;
  Matrix projected(dense > 0 ? count : 0, width + 1);
  std::vector<float> squares(dense);
  if (dense > 0) {
    multiply(texts.data(), count, dense, PackedMatrix::pack(vectors_.rows, /*transposed=*/false), projected.data(),
             width + 1);
    for (std::int64_t k = 0; k < dense; ++k) squares[k] = squared_length(vectors_.rows.row(k).first(width));
  }
  global_pool().parallel_for(entries.size(), kComposedAtATime, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t n = begin; n < end; ++n) {
      const auto [item, own] = entries[n];
      float* const q = out.row(static_cast<std::int64_t>(n)).data();
      float& c = q[width];
      float* field = q + width + 1;
      std::fill_n(q, out.cols(), 0.0f);
      float linear = 0, alone = 0;
      const auto add = [&](float x, std::span<const float> row) {
        add_scaled(x, row.data(), field, width);
        linear += x * row[width];
        alone += x * x * squared_length(row.first(width));
      };
      if (own >= 0) add(1, own_.rows.row(own));
      field += width;
      if (inputs_.features != nullptr) {
        const auto features = inputs_.features->row_indices(item);
        const auto values = inputs_.features->row_values(item);
        for (std::size_t f = 0; f < features.size(); ++f) add(values[f], features_.rows.row(features[f]));
        field += width;
      }
      if (dense > 0) {
        const auto x = texts.row(static_cast<std::int64_t>(n));
        const auto sum = std::as_const(projected).row(static_cast<std::int64_t>(n));
        std::copy_n(sum.data(), width, field);
        linear += sum[width];
        for (std::int64_t k = 0; k < dense; ++k) alone += x[k] * x[k] * squares[k];
      }
      for (std::int64_t f = 0; f < fields_; ++f) add_scaled(1, q + width + 1 + f * width, q, width);
      c = linear + 0.5f * (dot(q, q, width) - alone);
    }
  });
}

void FieldItems::begin_step(std::span<const std::int32_t> numbers, RandomStream& random) {
  mentions_.assign(numbers);
  entries_.clear();
  for (const std::int64_t row : mentions_.rows()) {
    slot_[row] = static_cast<std::int32_t>(entries_.size());
    const bool drawn = left_out_ > 0 && random.uniform() < left_out_;
    entries_.push_back({known_[row], drawn && described_[row] != 0 ? -1 : static_cast<std::int32_t>(row)});
  }
  compose(entries_, texts(entries_, texts_), neural::room(composed_, std::ssize(entries_), width()));
}

void FieldItems::look_up(std::span<const std::int32_t> numbers, MatrixView out) const {
  for (std::size_t t = 0; t < numbers.size(); ++t)
    std::ranges::copy(composed_.row(slot_[numbers[t]]), out.row(static_cast<std::int64_t>(t)).data());
}

void FieldItems::common(std::span<const float> composed, std::span<const float> slope, std::int64_t field,
                        std::span<float> out) const {
  const float of_c = slope[factors_];
  const float* const of_field = slope.data() + factors_ + 1 + field * factors_;
  for (std::int64_t d = 0; d < factors_; ++d) out[d] = slope[d] + of_field[d] + of_c * composed[d];
  out[factors_] = of_c;
}

void FieldItems::update(ConstMatrixView gradients, Optimizer& optimizer, const UpdateRule& rule) {
  const std::int64_t count = std::ssize(entries_);
  const MatrixView sums = neural::room(sums_, count, width());
  mentions_.sum(gradients, sums);
  update_own(sums, optimizer, rule);
  if (inputs_.features != nullptr) update_features(sums, optimizer, rule);
  if (inputs_.vectors.cols() > 0) update_vectors(sums, optimizer, rule);
}

void FieldItems::update_own(ConstMatrixView sums, Optimizer& optimizer, const UpdateRule& rule) {
  std::vector<std::int64_t> rows;
  Matrix slopes(sums.rows(), factors_ + 1);
  for (std::int64_t n = 0; n < sums.rows(); ++n) {
    if (entries_[n].own < 0) continue;
    const auto slope = slopes.row(std::ssize(rows));
    common(composed_.row(n), sums.row(n), /*field=*/0, slope);
    add_scaled(-slope[factors_], own_.rows.row(entries_[n].own).data(), slope.data(), factors_);
    rows.push_back(entries_[n].own);
  }
  if (rows.empty()) return;
  const std::size_t numbers = rows.size() * (factors_ + 1);
  optimizer.update_rows(own_.tensor, {own_.rows.data(), static_cast<std::size_t>(own_.rows.rows() * (factors_ + 1))},
                        rows, {slopes.data(), numbers}, rule);
}

void FieldItems::update_features(ConstMatrixView sums, Optimizer& optimizer, const UpdateRule& rule) {
  std::vector<std::int32_t> numbers;
  for (const Entry& entry : entries_) {
    const auto features = inputs_.features->row_indices(entry.item);
    numbers.insert(numbers.end(), features.begin(), features.end());
  }
  if (numbers.empty()) return;
  Matrix slopes(std::ssize(numbers), factors_ + 1);
  std::vector<float> shared(factors_ + 1);
  for (std::int64_t n = 0, at = 0; n < sums.rows(); ++n) {
    common(composed_.row(n), sums.row(n), /*field=*/1, shared);
    const auto features = inputs_.features->row_indices(entries_[n].item);
    const auto values = inputs_.features->row_values(entries_[n].item);
    for (std::size_t f = 0; f < features.size(); ++f, ++at) {
      const float x = values[f];
      const auto slope = slopes.row(at);
      add_scaled(x, shared.data(), slope.data(), factors_ + 1);
      add_scaled(-shared[factors_] * x * x, features_.rows.row(features[f]).data(), slope.data(), factors_);
    }
  }
  feature_mentions_.assign(numbers);
  feature_mentions_.update(features_.rows, slopes, optimizer, features_.tensor, rule);
}

void FieldItems::update_vectors(ConstMatrixView sums, Optimizer& optimizer, const UpdateRule& rule) {
  const std::int64_t count = sums.rows(), dense = inputs_.vectors.cols();
  const ConstMatrixView read(texts_.data(), count, dense);
  Matrix shared(count, factors_ + 1), turned(dense, count), slopes(dense, factors_ + 1);
  for (std::int64_t n = 0; n < count; ++n) {
    common(composed_.row(n), sums.row(n), fields_ - 1, shared.row(n));
    for (std::int64_t k = 0; k < dense; ++k) turned.row(k)[n] = read.row(n)[k];
  }
  multiply(turned.data(), dense, count, PackedMatrix::pack(shared, /*transposed=*/false), slopes.data(), factors_ + 1);
  for (std::int64_t k = 0; k < dense; ++k) {
    double squares = 0;
    for (std::int64_t n = 0; n < count; ++n) {
      const double x = turned.row(k)[n];
      squares += shared.row(n)[factors_] * x * x;
    }
    add_scaled(-static_cast<float>(squares), vectors_.rows.row(k).data(), slopes.row(k).data(), factors_);
  }
  const auto size = static_cast<std::size_t>(dense * (factors_ + 1));
  optimizer.update(vectors_.tensor, {vectors_.rows.data(), size}, {slopes.data(), size}, rule);
}

Matrix FieldItems::vectors() {
  Matrix out(items_, width());
  std::vector<Entry> entries;
  Matrix memory;
  std::size_t own = 0;
  for (std::int32_t item = 0; item < items_; ++item) {
    const bool known = own < known_.size() && known_[own] == item;
    const bool learnt = known && (left_out_ < 1 || described_[own] == 0);
    entries.push_back({item, learnt ? static_cast<std::int32_t>(own) : -1});
    own += known ? 1 : 0;
  }
  for (std::int64_t first = 0; first < items_; first += kCatalogueAtATime) {
    const std::int64_t count = std::min(kCatalogueAtATime, items_ - first);
    const auto some = std::span<const Entry>(entries).subspan(first, count);
    compose(some, texts(some, memory), {out.row(first).data(), count, out.cols()});
  }
  return out;
}

}  // namespace genre
