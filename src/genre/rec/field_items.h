// The items of a factorisation machine under a network of pairs: each is the sum of what is known of it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/rec/fm_inputs.h"
#include "genre/rec/pair_items.h"

namespace genre {

// An item has up to three fields: its number, its features (F numbers x) and its text vector (K numbers x). Each input
// a has a factor v_a (D) and a weight w_a; a field's vector is g = the sum of x_a v_a over its inputs. The item's
// vector is that of a PairShape with `fields`, W = (1 + fields) D + 1 numbers:
//
//   q = the sum of g,   c = sum of w_a x_a + 1/2 (|q|^2 - sum of x_a^2 |v_a|^2),   g of each field,
//
// so that p . q + c is the machine's score of a user with the factor p (see fm.h). An item without a factor of its own
// has zeros there.
class FieldItems : public PairItems {
 public:
  // Step numbers are places in `known`: the items of the catalogue that have a factor of their own, ascending. At each
  // step an item's own inputs are left out with the probability `left_out`, where it has others. Keeps references.
  FieldItems(const FmInputs& inputs, std::int64_t items, std::vector<std::int32_t> known, std::int64_t factors,
             double left_out);

  static std::int64_t fields(const FmInputs& inputs);

  void start(RandomStream& random, Optimizer& optimizer) override;
  void begin_step(std::span<const std::int32_t> numbers, RandomStream& random) override;
  void look_up(std::span<const std::int32_t> numbers, MatrixView out) const override;
  void update(ConstMatrixView gradients, Optimizer& optimizer, const UpdateRule& rule) override;
  Matrix vectors() override;

  // What is learnt, factors with their weights in the last column: (known, F or K) x (D + 1).
  const Matrix& own_inputs() const { return own_.rows; }
  const Matrix& feature_inputs() const { return features_.rows; }
  const Matrix& vector_inputs() const { return vectors_.rows; }

 private:
  struct Entry {
    std::int32_t item;  // of the catalogue
    std::int32_t own;   // row of its own inputs, or -1: none
  };
  struct Table {
    Matrix rows;
    int tensor = -1;  // of the optimizer
  };

  std::int64_t width() const { return (1 + fields_) * factors_ + 1; }
  // Row n becomes the text vector of entry n, in `memory`.
  MatrixView texts(std::span<const Entry> entries, Matrix& memory) const;
  void compose(std::span<const Entry> entries, ConstMatrixView texts, MatrixView out) const;
  void update_own(ConstMatrixView sums, Optimizer& optimizer, const UpdateRule& rule);
  void update_features(ConstMatrixView sums, Optimizer& optimizer, const UpdateRule& rule);
  void update_vectors(ConstMatrixView sums, Optimizer& optimizer, const UpdateRule& rule);
  // What the gradient of an input of this field has in common with the field's others, from the gradient of the item's
  // vector: d q + d g + d c q, and d c behind.
  void common(std::span<const float> composed, std::span<const float> slope, std::int64_t field,
              std::span<float> out) const;

  FmInputs inputs_;
  std::int64_t items_, factors_, fields_;
  double left_out_;
  std::vector<std::int32_t> known_;
  std::vector<std::uint8_t> described_;  // of these: whether there are inputs beside their own
  Table own_, features_, vectors_;
  neural::Mentions mentions_, feature_mentions_;

  // Of the step: the items once each, what they are now, and where each known item is among them.
  std::vector<Entry> entries_;
  std::vector<std::int32_t> slot_;
  Matrix texts_, composed_, sums_;
};

}  // namespace genre
