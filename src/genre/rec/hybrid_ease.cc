#include "genre/rec/hybrid_ease.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "genre/base/interrupt.h"
#include "genre/base/log.h"
#include "genre/base/random.h"
#include "genre/base/thread_pool.h"
#include "genre/eval/bootstrap.h"
#include "genre/eval/metrics.h"
#include "genre/linalg/gemm.h"
#include "genre/rec/centred_vectors.h"
#include "genre/rec/cold_columns.h"
#include "genre/rec/ease.h"
#include "genre/rec/tensors.h"

namespace genre {
namespace {

constexpr std::array<double, 4> kTextWeights = {0.1, 0.3, 1.0, 3.0};  // beside 0
constexpr int kCutOff = 20;
constexpr double kSignificance = 0.05;
constexpr double kHeldOutShare = 0.2;

double trace(const Matrix& matrix) {
  double sum = 0;
  for (std::int64_t i = 0; i < matrix.rows(); ++i) sum += matrix.row(i)[i];
  return sum;
}

// text: V V^T, empty where no weight asks for it.
Matrix item_weights(const CsrMatrix& interactions, const Matrix& text, double text_weight, double l2) {
  Matrix out = gram(interactions);
  if (text_weight > 0) {
    const double scale = text_weight * trace(out) / std::max(trace(text), 1e-12);
    for (std::int64_t i = 0; i < out.rows(); ++i)
      add_scaled(static_cast<float>(scale), text.row(i).data(), out.row(i).data(), out.cols());
  }
  for (std::int64_t i = 0; i < out.rows(); ++i) out.row(i)[i] += static_cast<float>(l2);
  solve_item_weights(out);
  return out;
}

struct HoldOut {
  CsrMatrix train;
  Judgements held_out;
};

// A fifth of each user's interactions, at least one of those who have two.
HoldOut hold_out(const CsrMatrix& interactions, std::uint64_t seed, std::string_view purpose) {
  RandomStream random(seed, purpose);
  HoldOut out;
  out.train.rows = interactions.rows;
  out.train.cols = interactions.cols;
  for (std::int64_t user = 0; user < interactions.rows; ++user) {
    const auto items = interactions.row_indices(user);
    const auto values = interactions.row_values(user);
    std::vector<std::size_t> order(items.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    random.shuffle(std::span<std::size_t>(order));
    const auto held =
        items.size() < 2
            ? 0
            : std::max<std::size_t>(
                  1, static_cast<std::size_t>(std::lround(kHeldOutShare * static_cast<double>(items.size()))));
    std::vector<std::uint8_t> is_held(items.size(), 0);
    for (std::size_t i = 0; i < held; ++i) is_held[order[i]] = 1;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (is_held[i] != 0) {
        out.held_out.items.push_back(items[i]);
      } else {
        out.train.indices.push_back(items[i]);
        out.train.values.push_back(values[i]);
      }
    }
    out.train.offsets.push_back(static_cast<std::int64_t>(out.train.indices.size()));
    out.held_out.offsets.push_back(static_cast<std::int64_t>(out.held_out.items.size()));
  }
  return out;
}

std::vector<double> held_out_ndcg(const Matrix& weights, const HoldOut& data) {
  std::vector<std::vector<ScoredIndex>> lists(data.train.rows);
  global_pool().parallel_for(lists.size(), 64, [&](std::size_t begin, std::size_t end, int) {
    std::vector<float> scores(data.train.cols);
    for (std::size_t user = begin; user < end; ++user) {
      const auto history = data.train.row_indices(static_cast<std::int64_t>(user));
      if (data.held_out.relevant(static_cast<std::int64_t>(user)).empty()) continue;
      sum_rows(weights, history, data.train.row_values(static_cast<std::int64_t>(user)), scores);
      for (const std::int32_t item : history) scores[item] = kMasked;
      lists[user] = top_k(scores, kCutOff);
    }
  });
  Rankings rankings;
  for (const auto& list : lists) {
    for (const auto& [item, score] : list) {
      rankings.items.push_back(item);
      rankings.scores.push_back(score);
    }
    rankings.offsets.push_back(static_cast<std::int64_t>(rankings.items.size()));
  }
  return per_query({Metric::Kind::kNdcg, kCutOff}, rankings, data.held_out);
}

// Chosen on one hold-out, confirmed on another: the winner of a choice looks better than it is where it was chosen.
double choose_text_weight(const TrainingData& data, const Matrix& text, double l2) {
  const auto ndcg_of = [&](const HoldOut& parts, double weight) {
    throw_if_interrupted();
    return held_out_ndcg(item_weights(parts.train, text, weight, l2), parts);
  };
  const HoldOut choice = hold_out(data.interactions, data.seed, "hybrid_ease choice");
  if (choice.held_out.items.empty()) return 0;
  const auto without = ndcg_of(choice, 0);
  double best = 0, gain = 0;
  for (const double weight : kTextWeights) {
    const double difference = compare_paired(ndcg_of(choice, weight), without, data.seed).difference;
    log_debug(fmt::format("hybrid_ease: text weight {} changes NDCG@{} on held-out interactions by {:+.5f}", weight,
                          kCutOff, difference));
    if (!(difference > gain)) continue;
    best = weight;
    gain = difference;
  }
  if (best == 0) return 0;
  const HoldOut proof = hold_out(data.interactions, data.seed, "hybrid_ease proof");
  const Comparison comparison = compare_paired(ndcg_of(proof, best), ndcg_of(proof, 0), data.seed);
  const bool proven = comparison.difference > 0 && comparison.p < kSignificance;
  log_info(
      fmt::format("hybrid_ease: text weight {}: {} changes NDCG@{} on held-out interactions by {:+.5f} (p = {:.4f})",
                  proven ? best : 0, best, kCutOff, comparison.difference, comparison.p));
  return proven ? best : 0;
}

}  // namespace

void HybridEaseOptions::fields(config::Fields& f) {
  f.number("l2", l2, {.minimum = 1e-3, .maximum = 1e9}, "L2 penalty on the weights between items");
  f.number("text_weight", text_weight, {.minimum = -1, .maximum = 1e6},
           "energy of the texts relative to that of the interactions; 0: none, -1: chosen on held-out training "
           "interactions");
  f.integer("cold_neighbours", cold_neighbours, {.minimum = 1, .maximum = 1000},
            "items of like text that stand in for an item without interactions");
  f.number("cold_weight", cold_weight, {.minimum = 0, .maximum = 10},
           "weight of items without interactions; 1: they compete as equals, small: they come after the others, 0: the "
           "closed form alone");
}

std::unique_ptr<Recommender> HybridEaseOptions::build() const { return std::make_unique<HybridEase>(*this); }

void HybridEase::fit(const TrainingData& data) {
  require_interactions(name(), data);
  require_item_vectors(name(), data);
  Matrix text;
  if (options_.text_weight != 0 || options_.cold_weight > 0) {
    const CentredVectors items = centre_vectors(data.item_vectors, /*centre=*/true);
    text = multiply_transposed(items.vectors, items.vectors);
  }
  const double weight = options_.text_weight < 0 ? choose_text_weight(data, text, options_.l2) : options_.text_weight;
  Matrix weights = item_weights(data.interactions, text, weight, options_.l2);
  if (options_.cold_weight > 0)
    blend_cold_columns(weights, data.interactions, text, options_.cold_neighbours, options_.cold_weight);
  set_weights(std::move(weights));
  text_weight_ = {weight};
}

void HybridEase::save(SafetensorsWriter& out, const std::string& prefix) const {
  DenseItemItem::save(out, prefix);
  out.add(prefix + "text_weight", std::span<const double>(text_weight_), {1});
}

void HybridEase::load(const SafetensorsFile& in, const std::string& prefix) {
  const auto weight = in.values<double>(prefix + "text_weight", {1});
  DenseItemItem::load(in, prefix);
  text_weight_.assign(weight.begin(), weight.end());
}

}  // namespace genre
