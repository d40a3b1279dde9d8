// What the factor models share: a vector for each user and each item, whose product is the score.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "genre/linalg/gemm.h"
#include "genre/linalg/product_search.h"
#include "genre/rec/recommender.h"

namespace genre {

struct Factors {
  Matrix users;                  // U x D, or empty: every query is folded in. A row of zeros: a user not learnt from
  Matrix items;                  // I x D
  std::vector<float> item_bias;  // I, or empty
  std::vector<float> user_bias;  // U, or empty
};

// score of item j for user u = users(u) . items(j) + item_bias(j) + user_bias(u). A user of training is remembered; for
// anybody else the model finds the vector that fits the history, with the items' vectors as they are (fold-in).
// Memory: (4 U + 9 I) D bytes.
class FactorModel : public Recommender, public FindsSimilarItems, public FindsBest {
 public:
  void score(std::span<const Query> queries, MatrixView scores) const override;
  std::vector<ScoredIndex> find_best(const Query& query, const RankOptions& options) const override;
  bool personalises(const Query& query) const override;
  bool remembers_users() const override { return true; }
  bool gains_from_many_queries() const override { return packed_items_.bytes() > (std::size_t{2} << 20); }
  std::int64_t items() const override { return factors_.items.rows(); }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;
  std::vector<ScoredIndex> similar_items(std::int32_t item, int k) const override;  // by cosine; none for a zero vector

  const Factors& factors() const { return factors_; }

 protected:
  // Whether fold_in makes something of the query.
  virtual bool reads(const Query& query) const { return !query.history.empty(); }
  // The user's vector (D, given as zeros) of a query that it reads; returns the user's bias.
  virtual float fold_in(const Query& query, std::span<float> vector) const = 0;
  // After fit and load, where fold_in wants something derived from the factors.
  virtual void prepare() {}
  // Whether an item whose vector is all zeros is masked, as one of which nothing is known.
  virtual bool masks_zero_vectors() const { return false; }
  // The biases that the model has, so that load knows what to ask for.
  struct Biases {
    bool item = false, user = false;
  };
  virtual Biases biases() const { return {}; }

  void set_factors(Factors factors);

 private:
  bool remembered(const Query& query) const;
  // The vector of whoever asks (D, given as zeros); returns their bias.
  float vector_of(const Query& query, std::span<float> vector) const;

  Factors factors_;
  PackedMatrix packed_items_;
  ProductSearch search_;
  std::vector<float> item_scale_;  // 1 / length, 0 for a zero vector
};

// Bytes of the factors in memory, saved ones included.
std::int64_t factor_bytes(const DataSize& size, int factors);

}  // namespace genre
