#include "genre/lm/sampler.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>

#include "genre/base/error.h"

namespace genre {
namespace {

void check(bool holds, const char* name, const char* range, double value) {
  if (!holds)
    throw Error(ErrorCode::kUsage, fmt::format("{} must be {}, not {}", name, range, value), "", {.key = name});
}

constexpr auto better = [](const auto& a, const auto& b) {
  return a.logit > b.logit || (a.logit == b.logit && a.id < b.id);
};

}  // namespace

void validate(const SamplingOptions& o) {
  check(o.temperature >= 0 && std::isfinite(o.temperature), "temperature", "at least 0", o.temperature);
  check(o.top_k >= 0, "top-k", "at least 0", o.top_k);
  check(o.top_p > 0 && o.top_p <= 1, "top-p", "above 0 and at most 1", o.top_p);
  check(o.min_p >= 0 && o.min_p <= 1, "min-p", "between 0 and 1", o.min_p);
  check(o.repetition_penalty >= 0.01F && o.repetition_penalty <= 100, "repetition-penalty", "between 0.01 and 100",
        o.repetition_penalty);
}

Sampler::Sampler(const SamplingOptions& options, std::int32_t vocabulary)
    : options_(options), random_(options.seed, "generate"), seen_(static_cast<std::size_t>(vocabulary)) {
  validate(options);
}

void Sampler::see(std::int32_t id) { seen_[static_cast<std::size_t>(id)] = true; }

float Sampler::penalised(float logit, std::int32_t id) const {
  if (options_.repetition_penalty == 1 || !seen_[static_cast<std::size_t>(id)]) return logit;
  return logit > 0 ? logit / options_.repetition_penalty : logit * options_.repetition_penalty;
}

std::int32_t Sampler::sample(std::span<const float> logits, std::span<const std::int32_t> allowed) {
  assert(logits.size() == seen_.size());
  candidates_.clear();
  Candidate best{0, -1};
  const auto add = [&](std::int32_t id) {
    const float logit = logits[static_cast<std::size_t>(id)];
    if (!std::isfinite(logit)) return;
    const Candidate candidate{penalised(logit, id), id};
    if (best.id < 0 || candidate.logit > best.logit) best = candidate;
    if (options_.temperature > 0) candidates_.push_back(candidate);
  };
  if (allowed.empty())
    for (std::int32_t id = 0; id < static_cast<std::int32_t>(logits.size()); ++id) add(id);
  else
    std::ranges::for_each(allowed, add);
  if (best.id < 0) throw Error(ErrorCode::kData, "the model gave no token a finite logit");
  return options_.temperature > 0 ? draw(best.logit) : best.id;
}

std::int32_t Sampler::draw(float best) {
  keep_top_k();
  double all = 0;
  for (Candidate& c : candidates_) all += c.weight = std::exp((c.logit - best) / options_.temperature);
  // Min-p and top-p both keep some of the best, so that their order is free once `all` is known; this one sorts less.
  if (options_.min_p > 0) std::erase_if(candidates_, [&](const Candidate& c) { return c.weight < options_.min_p; });
  if (options_.top_p < 1) keep_top_p(all);
  double total = 0;
  for (const Candidate& c : candidates_) total += c.weight;
  double rest = random_.uniform() * total;
  for (const Candidate& c : candidates_)
    if ((rest -= c.weight) < 0) return c.id;
  return candidates_.back().id;
}

void Sampler::keep_top_k() {
  const auto k = static_cast<std::size_t>(options_.top_k);
  if (k == 0 || k >= candidates_.size()) return;
  std::ranges::nth_element(candidates_, candidates_.begin() + options_.top_k - 1, better);
  candidates_.resize(k);
  std::ranges::sort(candidates_, {}, &Candidate::id);
}

void Sampler::keep_top_p(double all) {
  std::size_t kept = 0, sorted = 0;  // so many of the best are in order at the front
  for (double sum = 0; kept < candidates_.size() && sum < options_.top_p * all; ++kept) {
    if (kept == sorted) {
      const auto front = candidates_.begin() + static_cast<std::ptrdiff_t>(sorted);
      sorted = std::min(candidates_.size(), std::max<std::size_t>(64, 4 * sorted));
      std::partial_sort(front, candidates_.begin() + static_cast<std::ptrdiff_t>(sorted), candidates_.end(), better);
    }
    sum += candidates_[kept].weight;
  }
  candidates_.resize(kept);
  std::ranges::sort(candidates_, {}, &Candidate::id);
}

}  // namespace genre
