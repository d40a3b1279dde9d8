#include "genre/torch/ranking.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/torch/ranking_losses.h"

namespace genre::trainer {
namespace {

constexpr std::size_t kCutoff = 10;

double gain(double label) { return std::exp2(label) - 1; }
double discount(std::size_t rank) { return 1 / std::log2(static_cast<double>(rank) + 2); }

}  // namespace

Ranking::Ranking(const FinetuneConfig& config)
    : LabelledTask(config, read_examples(config, {.other = ExampleColumns::Need::kRequired, .stratify = false}),
                   {"score"}, "regression"),
      values_(label_values(examples())) {
  std::vector<std::vector<std::int64_t>> units;
  const auto most = static_cast<std::size_t>(config.finetune.rank.candidates);
  for (auto& query : queries(examples().of(Part::kTrain))) {
    // Its best candidates and its worst, those of one label by chance.
    RandomStream random(static_cast<std::uint64_t>(config.seed), "candidates of " + examples().texts[query.front()]);
    random.shuffle(std::span(query));
    std::ranges::stable_sort(query, std::greater(), [&](std::int64_t i) { return values_[i]; });
    if (query.size() > most) {
      const std::size_t best = std::max<std::size_t>(1, most / 2);
      std::rotate(query.begin() + static_cast<std::ptrdiff_t>(best),
                  query.end() - static_cast<std::ptrdiff_t>(most - best), query.end());
      query.resize(most);
    }
    if (std::ranges::any_of(query, [&](std::int64_t i) { return values_[i] != values_[query.front()]; }))
      units.push_back(std::move(query));
  }
  if (units.empty())
    throw Error(ErrorCode::kData, "no query has candidates with different labels",
                "give each text several others with labels of their own",
                {.file = examples().file, .key = "finetune.examples"});
  set_units(std::move(units));
}

// Runs of one text, in their order.
std::vector<std::vector<std::int64_t>> Ranking::queries(std::span<const std::int64_t> examples) const {
  std::vector<std::vector<std::int64_t>> out;
  const auto& texts = this->examples().texts;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    if (i == 0 || texts[examples[i]] != texts[examples[i - 1]]) out.emplace_back();
    out.back().push_back(examples[i]);
  }
  return out;
}

torch::Tensor Ranking::loss_of(const torch::Tensor& logits, std::span<const std::int64_t> examples) const {
  const std::string& name = config().finetune.rank.loss;
  const auto loss = name == "pairwise" ? &pairwise_loss : name == "satisfaction" ? &satisfaction_loss : &listwise_loss;
  torch::Tensor sum;
  std::int64_t begin = 0;
  const auto groups = queries(examples);
  for (const auto& query : groups) {
    std::vector<float> labels;
    for (const std::int64_t i : query) labels.push_back(static_cast<float>(values_[i]));
    const auto end = begin + static_cast<std::int64_t>(query.size());
    const torch::Tensor one = loss(logits.slice(0, begin, end).flatten(), torch::tensor(labels));
    sum = sum.defined() ? sum + one : one;
    begin = end;
  }
  return sum / static_cast<double>(groups.size());
}

torch::Tensor Ranking::divergence(const torch::Tensor& a, const torch::Tensor& b) const {
  return torch::mse_loss(a, b);
}

std::map<std::string, double> Ranking::values_of(const torch::Tensor& logits,
                                                 std::span<const std::int64_t> examples) const {
  const torch::Tensor flat = logits.contiguous();
  double ndcg = 0, mrr = 0, counted = 0;
  std::size_t begin = 0;
  for (const auto& query : queries(examples)) {
    std::vector<std::pair<float, double>> scored;
    std::vector<double> ideal;
    for (std::size_t c = 0; c < query.size(); ++c) {
      scored.emplace_back(flat.data_ptr<float>()[begin + c], values_[query[c]]);
      ideal.push_back(values_[query[c]]);
    }
    begin += query.size();
    // Of equal scores the worse candidate comes first: a model that says nothing earns nothing.
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
  return {{"loss", loss_of(logits, examples).item<double>()}, {"ndcg@10", ndcg / counted}, {"mrr", mrr / counted}};
}

}  // namespace genre::trainer
