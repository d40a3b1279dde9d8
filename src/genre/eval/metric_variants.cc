#include "genre/eval/metric_variants.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "genre/base/error.h"
#include "genre/base/text_distance.h"

namespace genre {
namespace {

using D = MetricDefinition;

const std::vector<std::pair<std::string, D>>& definitions() {
  static const std::vector<std::pair<std::string, D>> kDefinitions = {
      {"genre", {}},
      {"trec_eval",
       {.id = "trec_eval",
        .gain = D::Gain::kLinear,
        .map = D::MapOver::kRelevant,
        .missing = D::MissingList::kLeftOut,
        .ties = D::Ties::kItemDescending}},
      {"recbole", {.id = "recbole"}},
      {"rectools", {.id = "rectools", .ideal = D::Ideal::kCutOff, .map = D::MapOver::kRelevant}},
      {"liang", {.id = "liang", .recall = D::RecallOver::kReachable}},
      {"polimi", {.id = "polimi", .ideal = D::Ideal::kAllRelevant, .precision = D::PrecisionOver::kListLength}},
      {"mind",
       {.id = "mind",
        .gain = D::Gain::kExponential,
        .reciprocal_rank = D::ReciprocalRank::kMeanOverRelevant,
        .group = D::GroupWeight::kOne}},
      {"elliot", {.id = "elliot", .gain = D::Gain::kExponential}},
  };
  return kDefinitions;
}

// One ranking against what is relevant, up to a cut-off.
class Judged {
 public:
  Judged(const D& definition, int k, std::span<const std::int32_t> list, std::span<const std::int32_t> relevant,
         std::span<const float> relevances)
      : definition_(definition), k_(static_cast<std::size_t>(k)), listed_(std::min(k_, list.size())) {
    for (std::size_t i = 0; i < relevant.size(); ++i) gains_.push_back(gain(relevances.empty() ? 1 : relevances[i]));
    for (std::size_t i = 0; i < listed_; ++i) {
      const auto found = std::lower_bound(relevant.begin(), relevant.end(), list[i]);
      if (found == relevant.end() || *found != list[i]) continue;
      hits_.push_back(i + 1);
      hit_gains_.push_back(gains_[static_cast<std::size_t>(found - relevant.begin())]);
    }
    std::sort(gains_.begin(), gains_.end(), std::greater<>());
  }

  double ndcg() const {
    double sum = 0, ideal = 0;
    for (std::size_t h = 0; h < hits_.size(); ++h) sum += hit_gains_[h] / discount(hits_[h]);
    const std::size_t length = definition_.ideal == D::Ideal::kAllRelevant ? gains_.size()
                               : definition_.ideal == D::Ideal::kCutOff    ? k_
                                                                           : std::min(k_, gains_.size());
    // Ideal::kCutOff supposes more relevant items than there are: each as good as the best.
    for (std::size_t r = 0; r < length; ++r) ideal += (r < gains_.size() ? gains_[r] : gains_[0]) / discount(r + 1);
    return sum / ideal;
  }
  double recall() const { return hits() / relevant(definition_.recall == D::RecallOver::kReachable); }
  double precision() const {
    if (definition_.precision == D::PrecisionOver::kCutOff) return hits() / static_cast<double>(k_);
    return listed_ == 0 ? 0 : hits() / static_cast<double>(listed_);
  }
  double map() const {
    double sum = 0;
    for (std::size_t h = 0; h < hits_.size(); ++h) sum += static_cast<double>(h + 1) / static_cast<double>(hits_[h]);
    return sum / relevant(definition_.map == D::MapOver::kReachable);
  }
  double reciprocal_rank() const {
    if (definition_.reciprocal_rank == D::ReciprocalRank::kFirstHit)
      return hits_.empty() ? 0 : 1 / static_cast<double>(hits_.front());
    double sum = 0;
    for (const std::size_t rank : hits_) sum += 1 / static_cast<double>(rank);
    return sum / relevant(/*reachable=*/false);
  }
  double hit_rate() const { return hits_.empty() ? 0 : 1; }

 private:
  double gain(float relevance) const {
    switch (definition_.gain) {
      case D::Gain::kBinary:
        return 1;
      case D::Gain::kLinear:
        return relevance;
      case D::Gain::kExponential:
        return std::exp2(relevance) - 1;
    }
    return std::numeric_limits<double>::quiet_NaN();
  }
  static double discount(std::size_t rank) { return std::log2(static_cast<double>(rank) + 1); }
  double hits() const { return static_cast<double>(hits_.size()); }
  double relevant(bool reachable) const {
    return static_cast<double>(reachable ? std::min(k_, gains_.size()) : gains_.size());
  }

  const D& definition_;
  std::size_t k_, listed_;
  std::vector<std::size_t> hits_;  // ranks
  std::vector<double> hit_gains_, gains_;
};

double value_of(const Metric& metric, const Judged& judged) {
  switch (metric.kind) {
    case Metric::Kind::kNdcg:
      return judged.ndcg();
    case Metric::Kind::kRecall:
      return judged.recall();
    case Metric::Kind::kPrecision:
      return judged.precision();
    case Metric::Kind::kMap:
      return judged.map();
    case Metric::Kind::kMrr:
      return judged.reciprocal_rank();
    case Metric::Kind::kHitRate:
      return judged.hit_rate();
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

std::vector<std::string> metric_definition_names() {
  std::vector<std::string> out;
  for (const auto& [name, definition] : definitions()) out.push_back(name);
  return out;
}

MetricDefinition metric_definition(const std::string& name) {
  for (const auto& [known, definition] : definitions())
    if (known == name) return definition;
  const auto names = metric_definition_names();
  const auto nearest = nearest_name(name, names);
  throw Error(
      ErrorCode::kUsage, fmt::format("metric definition \"{}\" is unknown", name),
      nearest ? fmt::format("did you mean \"{}\"?", *nearest) : fmt::format("one of {}", fmt::join(names, ", ")));
}

std::vector<double> per_query(const MetricDefinition& definition, const Metric& metric, const Rankings& rankings,
                              const Judgements& judgements, std::span<const float> relevances) {
  std::vector<double> out(static_cast<std::size_t>(rankings.queries()), std::numeric_limits<double>::quiet_NaN());
  for (std::int64_t q = 0; q < rankings.queries(); ++q) {
    const auto list = rankings.list(q);
    const auto relevant = judgements.relevant(q);
    if (relevant.empty() || (list.empty() && definition.missing == D::MissingList::kLeftOut)) continue;
    const auto own = relevances.empty()
                         ? relevances
                         : relevances.subspan(static_cast<std::size_t>(judgements.offsets[q]), relevant.size());
    out[q] = value_of(metric, Judged(definition, metric.k, list, relevant, own));
  }
  return out;
}

}  // namespace genre
