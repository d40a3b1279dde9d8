#include "genre/torch/ranking.h"

#include <torch/torch.h>

#include <algorithm>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/torch/ranking_losses.h"

namespace genre::trainer {
Ranking::Ranking(const FinetuneConfig& config)
    : LabelledTask(config, read_examples(config, labelled_columns("rank")), {"score"}, "regression"),
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
    const torch::Tensor one = loss(logits.slice(0, begin, end).flatten(), torch::tensor(labels).to(logits.device()));
    sum = sum.defined() ? sum + one : one;
    begin = end;
  }
  return sum / static_cast<double>(groups.size());
}

torch::Tensor Ranking::divergence(const torch::Tensor& a, const torch::Tensor& b) const {
  return torch::mse_loss(a, b);
}

Values Ranking::values_of(ConstMatrixView logits, std::span<const std::int64_t> examples) const {
  std::vector<double> labels;
  std::vector<std::size_t> begins;
  for (const auto& query : queries(examples)) {
    begins.push_back(labels.size());
    for (const std::int64_t i : query) labels.push_back(values_[i]);
  }
  const auto count = static_cast<std::size_t>(logits.rows());
  Values out = ranking_values({logits.data(), count}, labels, begins);
  const torch::Tensor scores = torch::from_blob(const_cast<float*>(logits.data()), {logits.rows(), 1});
  out["loss"] = loss_of(scores, examples).item<double>();
  return out;
}

}  // namespace genre::trainer
