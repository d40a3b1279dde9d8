#include "genre/eval/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>

#include "genre/base/error.h"
#include "genre/base/text_distance.h"

namespace genre {
namespace {

using Kind = Metric::Kind;

struct NamedKind {
  std::string_view name;
  Kind kind;
};
constexpr std::array<NamedKind, 6> kKinds = {{{"ndcg", Kind::kNdcg},
                                              {"recall", Kind::kRecall},
                                              {"precision", Kind::kPrecision},
                                              {"map", Kind::kMap},
                                              {"mrr", Kind::kMrr},
                                              {"hr", Kind::kHitRate}}};
constexpr int kLargestCutOff = 100000;

[[noreturn]] void bad_metric(const std::string& text, const std::string& found, const std::string& hint) {
  throw Error(ErrorCode::kConfig, fmt::format("metric \"{}\" {}", text, found), hint, {.key = "evaluate.metrics"});
}

double ideal_gain(int k, std::size_t relevant) {
  double sum = 0;
  for (std::size_t rank = 1; rank <= std::min<std::size_t>(k, relevant); ++rank) sum += 1.0 / std::log2(rank + 1.0);
  return sum;
}

double value_of(const Metric& metric, std::span<const std::int32_t> list, std::span<const std::int32_t> relevant) {
  if (relevant.empty()) return std::numeric_limits<double>::quiet_NaN();
  const std::size_t depth = std::min<std::size_t>(metric.k, list.size());
  double gain = 0, precision_at_hits = 0, first_hit = 0;
  int hits = 0;
  for (std::size_t i = 0; i < depth; ++i) {
    if (!std::binary_search(relevant.begin(), relevant.end(), list[i])) continue;
    const double rank = static_cast<double>(i) + 1;
    ++hits;
    if (hits == 1) first_hit = 1 / rank;
    gain += 1.0 / std::log2(rank + 1);
    precision_at_hits += hits / rank;
  }
  const double reachable = static_cast<double>(std::min<std::size_t>(metric.k, relevant.size()));
  switch (metric.kind) {
    case Kind::kNdcg:
      return hits == 0 ? 0 : gain / ideal_gain(metric.k, relevant.size());
    case Kind::kRecall:
      return hits / static_cast<double>(relevant.size());
    case Kind::kPrecision:
      return hits / static_cast<double>(metric.k);
    case Kind::kMap:
      return precision_at_hits / reachable;
    case Kind::kMrr:
      return first_hit;
    case Kind::kHitRate:
      return hits > 0 ? 1 : 0;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

std::string Metric::name() const {
  const auto found =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const NamedKind& entry) { return entry.kind == kind; });
  return fmt::format("{}@{}", found->name, k);
}

Metric parse_metric(const std::string& text) {
  const std::size_t at = text.find('@');
  const std::string name = text.substr(0, at);
  const auto found =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const NamedKind& entry) { return entry.name == name; });
  if (found == kKinds.end()) {
    std::vector<std::string> names;
    for (const NamedKind& entry : kKinds) names.emplace_back(entry.name);
    const auto nearest = nearest_name(name, names);
    bad_metric(text, "is unknown",
               nearest
                   ? fmt::format("did you mean \"{}{}\"?", *nearest, at == std::string::npos ? "@10" : text.substr(at))
                   : fmt::format("one of {}, each with a cut-off: ndcg@10", fmt::join(names, ", ")));
  }
  if (at == std::string::npos) bad_metric(text, "has no cut-off", fmt::format("write \"{}@10\"", name));
  int k = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data() + at + 1, end, k);
  if (code != std::errc() || stop != end || k < 1 || k > kLargestCutOff)
    bad_metric(text, fmt::format("has the cut-off \"{}\", wanted 1 to {}", text.substr(at + 1), kLargestCutOff),
               fmt::format("write \"{}@10\"", name));
  return {found->kind, k};
}

std::vector<Metric> parse_metrics(std::span<const std::string> texts) {
  std::vector<Metric> out;
  out.reserve(texts.size());
  for (const std::string& text : texts) out.push_back(parse_metric(text));
  return out;
}

std::vector<double> per_query(const Metric& metric, const Rankings& rankings, const Judgements& judgements) {
  assert(rankings.offsets.size() == judgements.offsets.size());
  std::vector<double> out(rankings.queries());
  for (std::int64_t q = 0; q < rankings.queries(); ++q)
    out[q] = value_of(metric, rankings.list(q), judgements.relevant(q));
  return out;
}

}  // namespace genre
