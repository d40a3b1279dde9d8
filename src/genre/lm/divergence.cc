#include "genre/lm/divergence.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "genre/base/error.h"

namespace genre {
namespace {

Matrix logits_of(const Decoder& decoder, std::span<const std::int32_t> ids) {
  KvCache cache = decoder.new_cache();
  const DecoderSlice slice{&cache, ids, static_cast<int>(ids.size())};
  return decoder.forward({&slice, 1});
}

// The logarithm of the sum of exponentials.
double normaliser(std::span<const float> logits) {
  const double most = *std::ranges::max_element(logits);
  double sum = 0;
  for (const float v : logits) sum += std::exp(v - most);
  return most + std::log(sum);
}

double kl_of(std::span<const float> reference, std::span<const float> other) {
  const double p_sum = normaliser(reference), q_sum = normaliser(other);
  double kl = 0;
  for (std::size_t v = 0; v < reference.size(); ++v) {
    const double p = reference[v] - p_sum;
    kl += std::exp(p) * (p - (other[v] - q_sum));
  }
  return std::max(0.0, kl);
}

}  // namespace

Divergence divergence(const Decoder& reference, const Decoder& other, std::span<const std::string> texts,
                      int maximum_tokens) {
  if (reference.config().vocabulary != other.config().vocabulary)
    throw Error(ErrorCode::kData, "models with vocabularies of " + std::to_string(reference.config().vocabulary) +
                                      " and " + std::to_string(other.config().vocabulary) +
                                      " tokens cannot be compared");
  const int limit = std::min({maximum_tokens, reference.config().positions, other.config().positions});
  Divergence out;
  std::int64_t same = 0, followed = 0;
  double reference_loss = 0, other_loss = 0;
  for (const auto& text : texts) {
    const auto ids = reference.tokenizer().encode(text, limit);
    if (ids.empty()) continue;
    const Matrix p = logits_of(reference, ids), q = logits_of(other, ids);
    for (std::int64_t t = 0; t < p.rows(); ++t) {
      const double kl = kl_of(p.row(t), q.row(t));
      out.mean_kl += kl;
      out.worst_kl = std::max(out.worst_kl, kl);
      same += std::ranges::max_element(p.row(t)) - p.row(t).begin() ==
              std::ranges::max_element(q.row(t)) - q.row(t).begin();
      ++out.positions;
      if (t + 1 == p.rows()) break;
      const std::int32_t next = ids[t + 1];
      reference_loss += normaliser(p.row(t)) - p.row(t)[next];
      other_loss += normaliser(q.row(t)) - q.row(t)[next];
      ++followed;
    }
  }
  if (out.positions == 0) out.worst_kl = std::numeric_limits<double>::quiet_NaN();
  out.reference_perplexity = std::exp(reference_loss / static_cast<double>(followed));
  out.perplexity = std::exp(other_loss / static_cast<double>(followed));
  out.mean_kl /= static_cast<double>(out.positions);
  out.same_best = static_cast<double>(same) / static_cast<double>(out.positions);
  return out;
}

}  // namespace genre
