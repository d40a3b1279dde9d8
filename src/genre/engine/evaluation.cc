#include "genre/engine/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>

#include "genre/base/error.h"
#include "genre/base/interrupt.h"
#include "genre/base/progress.h"
#include "genre/base/thread_pool.h"
#include "genre/data/split.h"
#include "genre/engine/event_metrics.h"
#include "genre/eval/ties.h"
#include "genre/linalg/all_zeros.h"
#include "genre/rec/recommend_all.h"

namespace genre {
namespace {

// The judgements that pass `keep(query, item)`; queries stay aligned.
template <class Keep>
Judgements restrict_to(const Judgements& all, std::int64_t queries, Keep&& keep) {
  Judgements out;
  for (std::int64_t q = 0; q < queries; ++q) {
    for (const std::int32_t item : all.relevant(q))
      if (keep(q, item)) out.items.push_back(item);
    out.offsets.push_back(static_cast<std::int64_t>(out.items.size()));
  }
  return out;
}

std::map<std::string, Interval> intervals(const std::vector<Metric>& metrics, const Rankings& rankings,
                                          const Judgements& judgements, const EvaluateOptions& options,
                                          std::uint64_t seed, std::map<std::string, std::vector<double>>* per_user) {
  std::map<std::string, Interval> out;
  std::vector<std::vector<double>> values = per_query(metrics, rankings, judgements);
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    out[metrics[m].name()] = bootstrap_mean(values[m], seed, options.resamples);
    if (per_user != nullptr) (*per_user)[metrics[m].name()] = std::move(values[m]);
  }
  return out;
}

constexpr std::size_t kTieLimit = 4096;  // a longer group of ties counts as ending there

// The items after the list that tie with its last, in index order. `scores` is what the list was taken from.
std::vector<std::int32_t> rest_of_ties(const std::vector<ScoredIndex>& list, std::span<const float> scores) {
  if (list.empty()) return {};
  return find_equal(scores, std::int64_t{list.back().index} + 1, list.back().score, kTieLimit);
}

// Means over all orders of tied items; empty where no list has ties that reach beyond its end.
std::map<std::string, double> expected_under_ties(const std::vector<Metric>& metrics, const Rankings& rankings,
                                                  const std::vector<std::vector<std::int32_t>>& tied,
                                                  const Judgements& judgements) {
  std::map<std::string, double> out;
  if (std::all_of(tied.begin(), tied.end(), [](const auto& more) { return more.empty(); })) return out;
  Rankings longer;
  for (std::int64_t q = 0; q < rankings.queries(); ++q) {
    const auto list = rankings.list(q);
    const auto first = rankings.offsets[q];
    longer.items.insert(longer.items.end(), list.begin(), list.end());
    longer.scores.insert(longer.scores.end(), rankings.scores.begin() + first,
                         rankings.scores.begin() + rankings.offsets[q + 1]);
    for (const std::int32_t item : tied[q]) {
      longer.items.push_back(item);
      longer.scores.push_back(rankings.scores[rankings.offsets[q + 1] - 1]);
    }
    longer.offsets.push_back(static_cast<std::int64_t>(longer.items.size()));
  }
  for (const Metric& metric : metrics) {
    double sum = 0;
    std::int64_t count = 0;
    for (const double value : expected_per_query(metric, longer, judgements)) {
      if (std::isnan(value)) continue;
      sum += value;
      ++count;
    }
    if (count > 0) out[metric.name()] = sum / static_cast<double>(count);
  }
  return out;
}

// AUC tells liked events from others: both have to be there.
void check_both_kinds(std::span<const std::string> event_metrics, const Dataset& dataset, const CsrMatrix& liked) {
  const auto area = std::find_if_not(event_metrics.begin(), event_metrics.end(), is_rating_error);
  if (area == event_metrics.end() || liked.indices.size() < dataset.ratings(kTestPart).indices.size()) return;
  throw Error(ErrorCode::kData, *area + " tells liked events from others, and all events of the test part are liked",
              "say by data.events.TYPE.positive which are not, or leave " + *area + " out of evaluate.metrics",
              {.key = "evaluate.metrics"});
}

}  // namespace

std::vector<MetricComparison> compare_models(std::span<const ModelResult> models, const std::string& metric,
                                             std::uint64_t seed, int resamples) {
  std::vector<MetricComparison> out;
  for (std::size_t i = 0; i < models.size(); ++i)
    for (std::size_t j = i + 1; j < models.size(); ++j)
      out.push_back({metric, models[i].model, models[j].model,
                     compare_paired(models[i].per_user.at(metric), models[j].per_user.at(metric), seed, resamples)});
  // Holm: the r-th smallest p-value of m is multiplied by m - r + 1, and never falls below an earlier one.
  std::vector<MetricComparison*> order;
  for (auto& comparison : out) order.push_back(&comparison);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->result.p < b->result.p; });
  double floor = 0;
  for (std::size_t r = 0; r < order.size(); ++r) {
    floor = std::max(floor, std::min(1.0, order[r]->result.p * static_cast<double>(order.size() - r)));
    order[r]->p_holm = floor;
  }
  return out;
}

Evaluation::Evaluation(const Dataset& dataset, const EvaluateOptions& options, std::uint64_t seed,
                       const SimilaritySources& side)
    : dataset_(dataset), options_(options), seed_(seed), cutoff_(0), texts_(side.texts) {
  for (const auto& name : options.metrics) {
    if (is_event_metric(name))
      event_metrics_.push_back(name);
    else
      metrics_.push_back(parse_metric(name));
  }
  if (metrics_.empty())
    throw Error(ErrorCode::kConfig, "no metric of rankings is named",
                "add one to evaluate.metrics, such as \"ndcg@10\"", {.key = "evaluate.metrics"});
  for (const Metric& metric : metrics_) cutoff_ = std::max(cutoff_, metric.k);
  history_parts_ = kEveryPart & ~kTestPart;
  if (options.history == "train") history_parts_ &= ~kValidPart;
  if (options.history == "words") {
    if (!event_metrics_.empty())
      throw Error(ErrorCode::kConfig, "of somebody who only says words there are no events to judge models by",
                  "leave " + event_metrics_.front() + " out of evaluate.metrics", {.key = "evaluate.metrics"});
    if (side.vectors.empty() && std::ranges::all_of(side.texts, &std::string::empty))
      throw Error(ErrorCode::kConfig, "there are no texts of items that somebody could say",
                  "write an [item_text] template over item fields, or set evaluate.history = \"all\"",
                  {.key = "evaluate.history"});
    by_words_ = true;
    vectors_ = side.vectors;
  }
  const std::optional<SampledProtocol> sampled = parse_candidates(options.candidates);
  for (const auto& field : options.user_groups)
    user_groups_.push_back(field_groups(dataset.user_fields, "user", field, /*separator=*/"", "evaluate.user_groups"));
  seen_ = dataset.seen(kEveryPart & ~kTestPart);
  const CsrMatrix train = dataset.matrix(kTrainPart, /*binary=*/true);
  popularity_.assign(dataset.items.size(), 0);
  for (const std::int32_t item : train.indices) ++popularity_[item];
  meter_.emplace(dataset, options, side, train);
  if (options.candidates == "cold") {
    candidates_.resize(popularity_.size());
    for (std::size_t i = 0; i < popularity_.size(); ++i) candidates_[i] = popularity_[i] == 0 ? 1 : 0;
  }
  const CsrMatrix test = dataset.matrix(kTestPart, /*binary=*/true);
  check_both_kinds(event_metrics_, dataset, test);
  for (std::int32_t user = 0; user < dataset.users.size(); ++user) {
    const auto seen = seen_.row_indices(user);
    const std::size_t before = judgements_.items.size();
    for (const std::int32_t item : test.row_indices(user)) {
      if (std::binary_search(seen.begin(), seen.end(), item)) continue;  // a seen item is in no list
      if (!candidates_.empty() && !candidates_[item]) continue;
      judgements_.items.push_back(item);
    }
    if (judgements_.items.size() == before) continue;
    judgements_.offsets.push_back(static_cast<std::int64_t>(judgements_.items.size()));
    users_.push_back(user);
  }
  if (users_.empty())
    throw Error(ErrorCode::kData, "no user has a positive interaction in the test part",
                "choose another [data.split], or a lower positive threshold");

  histories_ = user_histories(dataset, history_parts_);
  for (const std::int32_t user : users_) {
    const auto liked = histories_.positives(user);
    history_.insert(history_.end(), liked.begin(), liked.end());
    history_offsets_.push_back(static_cast<std::int64_t>(history_.size()));
  }
  if (sampled && !options.negatives.empty())
    negatives_ = read_negatives(options.negatives, users_, dataset);
  else if (sampled)
    negatives_ = sample_negatives(*sampled, users_, dataset.seen(kEveryPart), popularity_, seed);
  popular_ = popular_lists();

  const auto length = [&](std::int64_t q) { return static_cast<std::int64_t>(history(q).size()); };
  const auto slice = [&](std::string name, auto&& keep) {
    slices_.push_back({std::move(name), restrict_to(judgements_, queries(), keep)});
  };
  slice("warm", [&](std::int64_t, std::int32_t item) { return popularity_[item] > 0; });
  slice("cold_item", [&](std::int64_t, std::int32_t item) { return popularity_[item] == 0; });
  slice("short_history", [&](std::int64_t q, std::int32_t) { return length(q) <= options_.short_history; });
  slice("longer_history", [&](std::int64_t q, std::int32_t) { return length(q) > options_.short_history; });
  slice("history_0_5", [&](std::int64_t q, std::int32_t) { return length(q) <= 5; });
  slice("history_6_20", [&](std::int64_t q, std::int32_t) { return length(q) >= 6 && length(q) <= 20; });
  slice("history_21_50", [&](std::int64_t q, std::int32_t) { return length(q) >= 21 && length(q) <= 50; });
  slice("history_51_up", [&](std::int64_t q, std::int32_t) { return length(q) >= 51; });
  const auto of_items = [&](std::string name, std::int64_t least, std::int64_t most) {
    slice(std::move(name),
          [&](std::int64_t, std::int32_t item) { return popularity_[item] >= least && popularity_[item] <= most; });
  };
  of_items("item_0_5", 0, 5);
  of_items("item_6_20", 6, 20);
  of_items("item_21_100", 21, 100);
  of_items("item_101_up", 101, std::numeric_limits<std::int64_t>::max());
}

std::span<const std::int32_t> Evaluation::history(std::int64_t q) const {
  return {history_.data() + history_offsets_[q],
          static_cast<std::size_t>(history_offsets_[q + 1] - history_offsets_[q])};
}

Query Evaluation::query(std::int64_t q) const {
  if (!by_words_) return {.user = users_[q], .history = history(q), .seen = histories_.seen(users_[q])};
  if (history(q).empty()) return {};
  const std::int32_t newest = history(q).back();
  const std::span<const float> said = vectors_.empty() ? std::span<const float>() : vectors_.row(newest);
  return {.user = std::nullopt,
          .history = {},
          .text = all_zeros(said) ? std::span<const float>() : said,
          .words = texts_.empty() ? std::string_view() : std::string_view(texts_[newest])};
}

void Evaluation::mask(std::int64_t q, std::span<float> scores) const {
  if (negatives_) {
    std::vector<ScoredIndex> offered;
    for (const auto items : {judgements_.relevant(q), negatives_->of(q)})
      for (const std::int32_t item : items) offered.push_back({item, scores[item]});
    std::fill(scores.begin(), scores.end(), kMasked);
    for (const auto& [item, score] : offered) scores[item] = score;
    return;
  }
  for (const std::int32_t item : seen_.row_indices(users_[q])) scores[item] = kMasked;
  for (std::size_t i = 0; i < candidates_.size(); ++i)
    if (!candidates_[i]) scores[i] = kMasked;
}

bool Evaluation::fill_by_popularity(std::int64_t q, std::vector<ScoredIndex>& list, std::span<float> scores) const {
  std::copy(popularity_.begin(), popularity_.end(), scores.begin());
  mask(q, scores);
  for (const auto& entry : list) scores[entry.index] = kMasked;
  const float below = list.empty() ? 0.0f : list.back().score;
  const auto more = top_k(scores, cutoff_ - static_cast<int>(list.size()));
  for (std::size_t i = 0; i < more.size(); ++i) list.push_back({more[i].index, below - 1.0f - static_cast<float>(i)});
  return !more.empty();
}

Rankings Evaluation::popular_lists() const {
  std::vector<std::vector<ScoredIndex>> lists(queries());
  global_pool().parallel_for(lists.size(), 64, [&](std::size_t begin, std::size_t end, int) {
    std::vector<float> scores(popularity_.size());
    for (std::size_t q = begin; q < end; ++q) fill_by_popularity(static_cast<std::int64_t>(q), lists[q], scores);
  });
  Rankings out;
  for (const auto& list : lists) {
    for (const auto& [item, score] : list)
      if (popularity_[item] > 0) out.items.push_back(item);
    out.offsets.push_back(static_cast<std::int64_t>(out.items.size()));
  }
  return out;
}

ModelResult Evaluation::run(const Recommender& model, const std::string& label) const {
  const auto start = std::chrono::steady_clock::now();
  const std::int64_t items = dataset_.items.size();
  std::int32_t any_item[] = {0};  // one with a text, where models may read texts
  const auto text = std::ranges::find_if_not(texts_, &std::string::empty);
  if (text != texts_.end()) any_item[0] = static_cast<std::int32_t>(text - texts_.begin());
  const bool reads_history = model.personalises({.user = std::nullopt, .history = any_item});
  std::atomic<std::int64_t> fallback_users{0};
  std::vector<std::vector<std::int32_t>> tied(queries());  // items beyond the list whose score is its last one's
  std::vector<std::vector<ScoredIndex>> lists(queries());
  Progress progress("rank " + label, queries());
  global_pool().parallel_for(queries(), queries_per_block(model, queries()),
                             [&](std::size_t begin, std::size_t end, int) {
                               throw_if_interrupted();
                               thread_local std::vector<float> buffer;
                               buffer.resize((end - begin) * items);
                               MatrixView scores(buffer.data(), static_cast<std::int64_t>(end - begin), items);
                               std::vector<Query> block;
                               for (std::size_t q = begin; q < end; ++q)
                                 block.push_back(query(static_cast<std::int64_t>(q)));
                               model.score(block, scores);
                               for (std::size_t q = begin; q < end; ++q) {
                                 const auto row = scores.row(static_cast<std::int64_t>(q - begin));
                                 // As in the service: a model that knows nothing of a user leaves the answer to
                                 // popularity.
                                 const bool fallback = reads_history && !model.personalises(block[q - begin]);
                                 if (fallback) std::copy(popularity_.begin(), popularity_.end(), row.begin());
                                 mask(static_cast<std::int64_t>(q), row);
                                 lists[q] = top_k(row, cutoff_);
                                 const bool filled = static_cast<int>(lists[q].size()) < cutoff_ &&
                                                     fill_by_popularity(static_cast<std::int64_t>(q), lists[q], row);
                                 if (fallback || filled)
                                   ++fallback_users;
                                 else
                                   tied[q] = rest_of_ties(lists[q], row);
                               }
                               progress.advance(static_cast<std::int64_t>(end - begin));
                             });
  ModelResult out;
  out.model = label;
  out.users = queries();
  out.fallback_users = fallback_users;
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (const auto& list : lists) {
    for (const auto& [item, score] : list) {
      out.rankings.items.push_back(item);
      out.rankings.scores.push_back(score);
    }
    out.rankings.offsets.push_back(static_cast<std::int64_t>(out.rankings.items.size()));
  }
  out.metrics = intervals(metrics_, out.rankings, judgements_, options_, seed_, &out.per_user);
  for (auto& [name, interval] :
       event_metrics(model, dataset_, history_parts_, event_metrics_, seed_, options_.resamples))
    out.metrics[name] = interval;
  out.expected_under_ties = expected_under_ties(metrics_, out.rankings, tied, judgements_);
  for (const Slice& slice : slices_) {
    SliceResult result;
    for (std::int64_t q = 0; q < queries(); ++q) result.users += slice.judgements.relevant(q).empty() ? 0 : 1;
    if (result.users == 0) continue;
    result.metrics = intervals(metrics_, out.rankings, slice.judgements, options_, seed_, nullptr);
    out.slices[slice.name] = std::move(result);
  }
  out.beyond = beyond_accuracy(out.rankings, cutoff_, popularity_);
  out.lists = meter_->measure(out.rankings, cutoff_, judgements_, popular_, history_offsets_, history_, seed_);
  for (const FieldGroups& groups : user_groups_)
    out.user_groups.push_back(compare_user_groups(groups, users_, out.per_user, seed_, options_.resamples));
  return out;
}

EvaluationResult Evaluation::finish(std::vector<ModelResult> models) const {
  EvaluationResult out;
  out.users = users_;
  out.judgements = judgements_;
  out.candidates = options_.candidates;
  out.history = options_.history;
  if (negatives_)
    out.warnings.push_back("only " + options_.candidates +
                           " candidates were ranked: such figures are higher than those of a full ranking, "
                           "and their order of models can differ (Krichene and Rendle, KDD 2020)");
  const double future = future_share(dataset_.interactions);
  if (dataset_.has_time && future > 0)
    out.warnings.push_back(fmt::format(
        "the split lets the future in: on average {:.0f} % of the training interactions are later than a test "
        "interaction; kind = \"temporal\" tells what a service would see",
        100 * future));
  for (const Metric& metric : metrics_) out.metrics.push_back(metric.name());
  out.models = std::move(models);
  out.comparisons = compare_models(out.models, metrics_.front().name(), seed_, options_.resamples);
  return out;
}

}  // namespace genre
