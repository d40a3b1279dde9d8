// How likely a decoder finds given continuations of a prompt.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/lm/decoder.h"

namespace genre {

// log p(candidate | prompt) of each candidate in nats: the sum of the log-softmax of its tokens, each behind the prompt
// and the candidate's tokens before it. The prompt is computed once; candidates go through the decoder together. A
// value does not depend on the other candidates. Throws Error(kData) for an empty prompt or candidate and ids outside
// the vocabulary, Error(kResources) where prompt and candidate are longer than the model's positions, and what
// forward() throws. Thread-safe; uses the global pool.
std::vector<double> score_candidates(const Decoder& decoder, std::span<const std::int32_t> prompt,
                                     std::span<const std::vector<std::int32_t>> candidates);

// The same behind each of several prompts, a row a prompt. The tokens that all of them begin with are computed once. A
// value does not depend on the other prompts either.
std::vector<std::vector<double>> score_candidates(const Decoder& decoder,
                                                  std::span<const std::vector<std::int32_t>> prompts,
                                                  std::span<const std::vector<std::int32_t>> candidates);

// ln softmax(logits)[id], summed in double precision.
double log_softmax(std::span<const float> logits, std::int32_t id);

}  // namespace genre
