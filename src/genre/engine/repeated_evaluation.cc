#include "genre/engine/repeated_evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "genre/base/error.h"
#include "genre/base/log.h"
#include "genre/base/not_a_number.h"
#include "genre/engine/model_labels.h"

namespace genre {
namespace {

// Over the values that are numbers.
double mean_of(const std::vector<double>& values) {
  double sum = 0;
  std::int64_t count = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++count;
  }
  return count > 0 ? sum / static_cast<double>(count) : kNan;
}

double deviation_of(const std::vector<double>& values, double mean) {
  double squares = 0;
  std::int64_t count = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    squares += (value - mean) * (value - mean);
    ++count;
  }
  return count > 1 ? std::sqrt(squares / static_cast<double>(count - 1)) : kNan;
}

// One model in every repetition.
class PooledModel {
 public:
  PooledModel(const std::vector<EvaluationResult>& each, std::size_t model) {
    for (const EvaluationResult& result : each) parts_.push_back(&result.models.at(model));
  }

  ModelResult pooled(const std::vector<EvaluationResult>& each, const std::vector<std::int32_t>& users,
                     std::uint64_t seed, int resamples) const {
    ModelResult out;
    out.model = parts_.front()->model;
    out.users = static_cast<std::int64_t>(users.size());
    for (const ModelResult* part : parts_) out.fallback_users += part->fallback_users;
    out.fit_seconds = mean([](const ModelResult& part) { return part.fit_seconds; });
    out.seconds = mean([](const ModelResult& part) { return part.seconds; });
    for (const auto& [metric, unused] : parts_.front()->metrics) {
      Repeated& repeated = out.repeated[metric];
      for (const ModelResult* part : parts_) repeated.values.push_back(value_of(part->metrics, metric));
      repeated.mean = mean_of(repeated.values);
      repeated.deviation = deviation_of(repeated.values, repeated.mean);
      out.metrics[metric] = {repeated.mean, kNan, kNan};
    }
    for (const auto& [metric, unused] : parts_.front()->per_user) {
      out.per_user[metric] = user_means(each, users, metric);
      out.metrics[metric] = bootstrap_mean(out.per_user[metric], seed, resamples);
    }
    add_expectations(out);
    add_slices(out);
    add_beyond(out);
    add_lists(out);
    return out;
  }

 private:
  static double value_of(const std::map<std::string, Interval>& metrics, const std::string& metric) {
    const auto found = metrics.find(metric);
    return found == metrics.end() ? kNan : found->second.value;
  }

  template <class Get>
  double mean(const Get& get) const {
    std::vector<double> values;
    for (const ModelResult* part : parts_) values.push_back(get(*part));
    return mean_of(values);
  }

  std::vector<double> user_means(const std::vector<EvaluationResult>& each, const std::vector<std::int32_t>& users,
                                 const std::string& metric) const {
    std::vector<double> sums(users.size(), 0.0);
    std::vector<int> counts(users.size(), 0);
    for (std::size_t r = 0; r < each.size(); ++r) {
      const auto& values = parts_[r]->per_user.at(metric);
      for (std::size_t q = 0; q < values.size(); ++q) {
        if (std::isnan(values[q])) continue;
        const auto at = std::lower_bound(users.begin(), users.end(), each[r].users[q]) - users.begin();
        sums[at] += values[q];
        ++counts[at];
      }
    }
    for (std::size_t u = 0; u < users.size(); ++u) sums[u] = counts[u] > 0 ? sums[u] / counts[u] : kNan;
    return sums;
  }

  // A repetition without ties at the end of a list has no expectation of its own: it is the value.
  void add_expectations(ModelResult& out) const {
    const bool any = std::any_of(parts_.begin(), parts_.end(),
                                 [](const ModelResult* part) { return !part->expected_under_ties.empty(); });
    if (!any) return;
    for (const auto& [metric, unused] : parts_.front()->per_user)
      out.expected_under_ties[metric] = mean([&metric = metric](const ModelResult& part) {
        const auto found = part.expected_under_ties.find(metric);
        return found == part.expected_under_ties.end() ? value_of(part.metrics, metric) : found->second;
      });
  }

  void add_slices(ModelResult& out) const {
    std::map<std::string, std::vector<const SliceResult*>> slices;
    for (const ModelResult* part : parts_)
      for (const auto& [name, slice] : part->slices) slices[name].push_back(&slice);
    for (const auto& [name, found] : slices) {
      SliceResult& slice = out.slices[name];
      for (const SliceResult* one : found) slice.users += one->users;
      slice.users = std::llround(static_cast<double>(slice.users) / static_cast<double>(found.size()));
      for (const auto& [metric, unused] : found.front()->metrics) {
        std::vector<double> values;
        for (const SliceResult* one : found) values.push_back(value_of(one->metrics, metric));
        slice.metrics[metric] = {mean_of(values), kNan, kNan};
      }
    }
  }

  void add_beyond(ModelResult& out) const {
    for (double BeyondAccuracy::*field :
         {&BeyondAccuracy::coverage, &BeyondAccuracy::gini_diversity, &BeyondAccuracy::entropy,
          &BeyondAccuracy::herfindahl, &BeyondAccuracy::inter_list_distance, &BeyondAccuracy::novelty,
          &BeyondAccuracy::average_popularity, &BeyondAccuracy::long_tail_share})
      out.beyond.*field = mean([field](const ModelResult& part) { return part.beyond.*field; });
  }

  void add_lists(ModelResult& out) const {
    out.lists = parts_.front()->lists;
    for (Interval ListQuality::*field :
         {&ListQuality::intra_list_diversity, &ListQuality::serendipity, &ListQuality::calibration})
      out.lists.*field = {mean([field](const ModelResult& part) { return (part.lists.*field).value; }), kNan, kNan};
    for (std::size_t n = 0; n < out.lists.exposure.size(); ++n)
      for (std::size_t g = 0; g < out.lists.exposure[n].exposure.size(); ++g)
        for (double GroupExposure::*field :
             {&GroupExposure::items, &GroupExposure::exposure, &GroupExposure::relevance, &GroupExposure::ratio})
          out.lists.exposure[n].exposure[g].*field =
              mean([&](const ModelResult& part) { return part.lists.exposure.at(n).exposure.at(g).*field; });
  }

  std::vector<const ModelResult*> parts_;
};

}  // namespace

std::vector<Repetition> repetitions(const EngineConfig& config) {
  const EvaluateOptions& options = config.evaluate;
  const SplitOptions& split = config.data.split;
  if (options.all_folds && split.kind != "k_fold")
    throw Error(ErrorCode::kConfig, fmt::format("all folds are asked for, but the split is \"{}\"", split.kind),
                "set data.split.kind = \"k_fold\"", {.key = "evaluate.all_folds"});
  if (!options.all_folds && options.seeds == 1) return {};
  const auto first_seed = static_cast<std::uint64_t>(config.seed);
  std::vector<Repetition> out;
  for (int f = 0; f < (options.all_folds ? split.folds : 1); ++f) {
    const int fold = options.all_folds ? f : split.fold;
    for (int s = 0; s < options.seeds; ++s) {
      const std::uint64_t seed = first_seed + static_cast<std::uint64_t>(s);
      std::string name = options.all_folds ? fmt::format("fold {}", fold) : "";
      if (options.seeds > 1) name += fmt::format("{}seed {}", name.empty() ? "" : ", ", seed);
      out.push_back({std::move(name), fold, seed});
    }
  }
  return out;
}

std::vector<ModelResult> fit_and_rank(const EngineConfig& config, const TrainingInputs& inputs,
                                      const Evaluation& evaluation, std::uint64_t seed) {
  const auto recommenders = config.recommenders();
  const auto labels = model_labels(recommenders);
  std::vector<ModelResult> out;
  for (std::size_t m = 0; m < recommenders.size(); ++m) {
    const FittedModel fitted = fit_model(recommenders[m], labels[m], inputs, seed);
    out.push_back(evaluation.run(*fitted.model, labels[m]));
    out.back().fit_seconds = fitted.seconds;
  }
  return out;
}

EvaluationResult evaluate_repeatedly(const EngineConfig& config, const std::vector<Repetition>& repetitions,
                                     TrainingInputs inputs, CachePolicy policy) {
  const auto seed = static_cast<std::uint64_t>(config.seed);
  std::vector<std::string> names;
  std::vector<EvaluationResult> each;
  std::optional<Evaluation> evaluation;
  int fold = repetitions.front().fold;
  for (const Repetition& repetition : repetitions) {
    log_info(repetition.name);
    if (repetition.fold != fold) {
      evaluation.reset();
      inputs = {};  // two folds need not fit into memory
      EngineConfig next = config;
      next.data.split.fold = fold = repetition.fold;
      inputs = training_inputs(next, policy, Vectors::kIfNeeded);
    }
    if (!evaluation) evaluation.emplace(inputs.data.dataset, config.evaluate, seed, inputs.similarity_sources(config));
    EvaluationResult result = evaluation->finish(fit_and_rank(config, inputs, *evaluation, repetition.seed));
    for (ModelResult& model : result.models) model.rankings = {};
    result.judgements = {};
    names.push_back(repetition.name);
    each.push_back(std::move(result));
  }
  return pool_repetitions(std::move(names), each, seed, config.evaluate.resamples);
}

EvaluationResult pool_repetitions(std::vector<std::string> names, const std::vector<EvaluationResult>& each,
                                  std::uint64_t seed, int resamples) {
  EvaluationResult out;
  const EvaluationResult& first = each.front();
  out.metrics = first.metrics;
  out.split = first.split;
  out.candidates = first.candidates;
  out.history = first.history;
  out.seen_excluded = first.seen_excluded;
  out.repetitions = std::move(names);
  for (const EvaluationResult& result : each) {
    out.users.insert(out.users.end(), result.users.begin(), result.users.end());
    for (const auto& warning : result.warnings)
      if (std::find(out.warnings.begin(), out.warnings.end(), warning) == out.warnings.end())
        out.warnings.push_back(warning);
  }
  std::sort(out.users.begin(), out.users.end());
  out.users.erase(std::unique(out.users.begin(), out.users.end()), out.users.end());
  for (std::size_t m = 0; m < first.models.size(); ++m)
    out.models.push_back(PooledModel(each, m).pooled(each, out.users, seed, resamples));
  if (!out.metrics.empty()) out.comparisons = compare_models(out.models, out.metrics.front(), seed, resamples);
  return out;
}

}  // namespace genre
