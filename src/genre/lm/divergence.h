// How far the predictions of one decoder are from those of another: what quantising or pruning a model costs.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "genre/lm/decoder.h"

namespace genre {

struct Divergence {
  std::int64_t positions = 0;
  double mean_kl = 0;    // mean over positions of the sum of p log(p / q), in nats; p of the reference
  double worst_kl = 0;   // of one position
  double same_best = 0;  // share of positions where both have the same likeliest next token

  // The exponential of the mean negative log-probability of the tokens that do follow, of the reference and the other;
  // NaN where no text has two tokens.
  double reference_perplexity = 0, perplexity = 0;
};

// Next-token predictions at every position of the texts, each cut to `maximum_tokens`, given the same ids of the
// reference's tokenizer. NaN values where no text has tokens. Throws Error(kData) for vocabularies of two sizes.
Divergence divergence(const Decoder& reference, const Decoder& other, std::span<const std::string> texts,
                      int maximum_tokens = 128);

}  // namespace genre
