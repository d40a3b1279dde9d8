#include "genre/finetune/measures.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "genre/eval/pointwise.h"
#include "genre/finetune/correlation.h"

namespace genre {
namespace {

constexpr std::size_t kCutoff = 10;

double gain(double label) { return std::exp2(label) - 1; }
double discount(std::size_t rank) { return 1 / std::log2(static_cast<double>(rank) + 2); }

// Of each label: how often it is found where it is true, and how often it is true plus how often it is found.
struct LabelCounts {
  explicit LabelCounts(std::int64_t labels) : right(labels), both(labels) {}
  void add(std::int64_t label, bool truth, bool found) {
    right[label] += truth && found ? 1 : 0;
    both[label] += (truth ? 1 : 0) + (found ? 1 : 0);
  }
  // Over the labels that occur or are found; 0 without any.
  double macro_f1() const {
    double sum = 0, seen = 0;
    for (std::size_t l = 0; l < both.size(); ++l) {
      if (both[l] == 0) continue;
      sum += 2 * right[l] / both[l];
      ++seen;
    }
    return seen > 0 ? sum / seen : 0;
  }
  std::vector<double> right, both;
};

double cross_entropy(std::span<const float> logits, std::int64_t truth) {
  const double largest = *std::ranges::max_element(logits);
  double sum = 0;
  for (const float x : logits) sum += std::exp(static_cast<double>(x) - largest);
  return largest + std::log(sum) - static_cast<double>(logits[truth]);
}

}  // namespace

bool lower_is_better(std::string_view metric) {
  return metric == "loss" || metric == "perplexity" || metric == "rmse" || metric == "mae";
}

double area_under_curve(std::span<const std::pair<double, bool>> scored) {
  ScoredPairs pairs;
  for (const auto& [score, positive] : scored) {
    pairs.scores.push_back(static_cast<float>(score));
    pairs.labels.push_back(positive ? 1.0f : 0.0f);
  }
  pairs.offsets.push_back(std::ssize(scored));
  return pointwise(PointwiseMetric::kAuc, pairs, {});
}

Values one_label_values(ConstMatrixView logits, std::span<const std::int64_t> truth) {
  LabelCounts counts(logits.cols());
  double loss = 0, right = 0;
  std::vector<std::pair<double, bool>> of_two;  // the second label against the first
  for (std::int64_t i = 0; i < logits.rows(); ++i) {
    const auto row = logits.row(i);
    if (row.size() == 2) of_two.emplace_back(static_cast<double>(row[1]) - static_cast<double>(row[0]), truth[i] == 1);
    const std::int64_t found = std::ranges::max_element(row) - row.begin();
    loss += cross_entropy(row, truth[i]);
    right += found == truth[i] ? 1 : 0;
    counts.add(truth[i], true, found == truth[i]);
    if (found != truth[i]) counts.add(found, false, true);
  }
  const auto count = static_cast<double>(logits.rows());
  Values out = {{"loss", loss / count}, {"accuracy", right / count}, {"macro_f1", counts.macro_f1()}};
  if (logits.cols() == 2) out["auc"] = area_under_curve(of_two);
  return out;
}

Values many_label_values(ConstMatrixView logits, std::span<const std::vector<std::int32_t>> truth) {
  LabelCounts counts(logits.cols());
  double loss = 0, exact = 0;
  for (std::int64_t i = 0; i < logits.rows(); ++i) {
    bool same = true;
    for (std::int64_t l = 0; l < logits.cols(); ++l) {
      const double x = logits.row(i)[l];
      const bool wanted = std::ranges::find(truth[i], static_cast<std::int32_t>(l)) != truth[i].end(), found = x > 0;
      loss += std::max(x, 0.0) - (wanted ? x : 0) + std::log1p(std::exp(-std::abs(x)));
      counts.add(l, wanted, found);
      same = same && wanted == found;
    }
    exact += same ? 1 : 0;
  }
  double right = 0, both = 0;
  for (std::size_t l = 0; l < counts.both.size(); ++l) {
    right += counts.right[l];
    both += counts.both[l];
  }
  const auto count = static_cast<double>(logits.rows());
  return {{"loss", loss / count / static_cast<double>(logits.cols())},
          {"accuracy", exact / count},
          {"micro_f1", both > 0 ? 2 * right / both : 0},
          {"macro_f1", counts.macro_f1()}};
}

Values number_values(std::span<const float> found, std::span<const double> truth) {
  double squares = 0, distances = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double difference = static_cast<double>(found[i]) - truth[i];
    squares += difference * difference;
    distances += std::abs(difference);
  }
  const auto count = static_cast<double>(found.size());
  const std::vector<double> numbers(found.begin(), found.end());
  return {{"loss", squares / count},
          {"rmse", std::sqrt(squares / count)},
          {"mae", distances / count},
          {"pearson", pearson(truth, numbers)},
          {"spearman", spearman(truth, numbers)}};
}

Values ranking_values(std::span<const float> scores, std::span<const double> labels,
                      std::span<const std::size_t> begins) {
  double ndcg = 0, mrr = 0, counted = 0;
  for (std::size_t q = 0; q < begins.size(); ++q) {
    const std::size_t end = q + 1 < begins.size() ? begins[q + 1] : scores.size();
    std::vector<std::pair<float, double>> scored;
    std::vector<double> ideal(labels.begin() + static_cast<std::ptrdiff_t>(begins[q]),
                              labels.begin() + static_cast<std::ptrdiff_t>(end));
    for (std::size_t c = begins[q]; c < end; ++c) scored.emplace_back(scores[c], labels[c]);
    std::ranges::sort(scored, [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    std::ranges::sort(ideal, std::greater());
    if (ideal.front() <= 0) continue;
    double dcg = 0, best = 0;
    for (std::size_t rank = 0; rank < std::min(kCutoff, scored.size()); ++rank) {
      dcg += gain(std::max(0.0, scored[rank].second)) * discount(rank);
      best += gain(std::max(0.0, ideal[rank])) * discount(rank);
    }
    const auto first = std::ranges::find_if(scored, [](const auto& one) { return one.second > 0; });
    ndcg += dcg / best;
    mrr += 1 / static_cast<double>(first - scored.begin() + 1);
    ++counted;
  }
  return {{"ndcg@10", ndcg / counted}, {"mrr", mrr / counted}};
}

}  // namespace genre
