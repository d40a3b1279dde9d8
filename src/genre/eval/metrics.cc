#include "genre/eval/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include "genre/base/error.h"
#include "genre/base/not_a_number.h"
#include "genre/base/text_distance.h"
#include "genre/base/thread_pool.h"

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

// What a hit at each rank is worth, and the best sum for each number of relevant items; both start at rank 1.
struct Gains {
  std::vector<double> at, ideal;
  explicit Gains(std::size_t depth) : at(depth + 1), ideal(depth + 1) {
    for (std::size_t rank = 1; rank <= depth; ++rank) {
      at[rank] = 1.0 / std::log2(static_cast<double>(rank) + 1.0);
      ideal[rank] = ideal[rank - 1] + at[rank];
    }
  }
};

// Ranks of the first `depth` items of a list that are relevant, ascending from 1.
void find_hits(std::span<const std::int32_t> list, std::span<const std::int32_t> relevant, std::size_t depth,
               std::vector<std::int32_t>& ranks) {
  ranks.clear();
  for (std::size_t i = 0; i < std::min(depth, list.size()); ++i) {
    const std::int32_t* first = relevant.data();  // lower bound without branches
    for (std::size_t left = relevant.size(); left > 1;) {
      const std::size_t half = left / 2;
      first = first[half] <= list[i] ? first + half : first;
      left -= half;
    }
    if (*first == list[i]) ranks.push_back(static_cast<std::int32_t>(i) + 1);
  }
}

// `ranks` are of hits, ascending from 1; at least one item is relevant.
double value_of(const Metric& metric, std::span<const std::int32_t> ranks, std::size_t relevant, const Gains& gains) {
  double gain = 0, precision_at_hits = 0;
  int hits = 0;
  for (; hits < static_cast<int>(ranks.size()) && ranks[hits] <= metric.k; ++hits) {
    gain += gains.at[ranks[hits]];
    precision_at_hits += (hits + 1) / static_cast<double>(ranks[hits]);
  }
  const std::size_t reachable = std::min<std::size_t>(metric.k, relevant);
  switch (metric.kind) {
    case Kind::kNdcg:
      return hits == 0 ? 0 : gain / gains.ideal[reachable];
    case Kind::kRecall:
      return hits / static_cast<double>(relevant);
    case Kind::kPrecision:
      return hits / static_cast<double>(metric.k);
    case Kind::kMap:
      return precision_at_hits / static_cast<double>(reachable);
    case Kind::kMrr:
      return hits == 0 ? 0 : 1 / static_cast<double>(ranks[0]);
    case Kind::kHitRate:
      return hits > 0 ? 1 : 0;
  }
  return kNan;
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
  return std::move(per_query(std::span(&metric, 1), rankings, judgements).front());
}

std::vector<std::vector<double>> per_query(std::span<const Metric> metrics, const Rankings& rankings,
                                           const Judgements& judgements) {
  assert(rankings.offsets.size() == judgements.offsets.size());
  std::size_t cut_off = 0, longest = 0;
  for (const Metric& metric : metrics) cut_off = std::max(cut_off, static_cast<std::size_t>(metric.k));
  for (std::int64_t q = 0; q < rankings.queries(); ++q)
    longest = std::max({longest, rankings.list(q).size(), judgements.relevant(q).size()});
  const Gains gains(std::min(cut_off, longest));
  std::vector<std::vector<double>> out(metrics.size(), std::vector<double>(rankings.queries(), kNan));
  global_pool().parallel_for(rankings.queries(), 256, [&](std::size_t begin, std::size_t end, int) {
    std::vector<std::int32_t> ranks;
    for (auto q = static_cast<std::int64_t>(begin); q < static_cast<std::int64_t>(end); ++q) {
      const auto relevant = judgements.relevant(q);
      if (relevant.empty()) continue;
      find_hits(rankings.list(q), relevant, cut_off, ranks);
      for (std::size_t m = 0; m < metrics.size(); ++m) out[m][q] = value_of(metrics[m], ranks, relevant.size(), gains);
    }
  });
  return out;
}

}  // namespace genre
