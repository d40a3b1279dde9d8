// The next token of a generation from its logits. Filters apply in the order of Hugging Face's generate():
//
//   allowed tokens -> repetition penalty -> temperature -> top-k -> top-p -> min-p -> draw
//
// llama.cpp puts temperature last, so that there top-p and min-p see probabilities at temperature 1.
//   repetition penalty r  a logit above 0 is divided by r, one below is multiplied by it, once for each distinct token
//   of
//                         prompt and text (Keskar et al. 2019)
//   temperature t         logits / t; 0 takes the best logit, equal ones by the lower id, and ignores what follows
//   top-k                 the k best, equal ones by lower id (Fan et al. 2018)
//   top-p                 the fewest best whose probabilities reach p (Holtzman et al. 2020)
//   min-p                 those with at least min_p times the best one's probability (Nguyen et al. 2024)
//   draw                  the first token, by id, at which the sum of probabilities passes one uniform number
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/base/random.h"

namespace genre {

struct SamplingOptions {
  float temperature = 0;         // >= 0; 0: greedy
  int top_k = 0;                 // >= 0; 0: all
  float top_p = 1;               // (0, 1]
  float min_p = 0;               // [0, 1]
  float repetition_penalty = 1;  // [0.01, 100]; 1: none
  std::uint64_t seed = 7;
};
// Throws Error(kUsage) naming the option that is out of range.
void validate(const SamplingOptions& options);

// One generation's state: its random stream, of which each draw takes one number, and the tokens seen. Equal options,
// tokens and logits give equal draws, whatever else runs. Not thread-safe.
class Sampler {
 public:
  Sampler(const SamplingOptions& options, std::int32_t vocabulary);

  // Counts a token of the prompt or the text as seen; ids in [0, vocabulary).
  void see(std::int32_t id);

  // An id among `allowed` (distinct, ascending; empty: all of the vocabulary) from logits of V values. Throws
  // Error(kData) when no allowed logit is a finite number.
  std::int32_t sample(std::span<const float> logits, std::span<const std::int32_t> allowed);

 private:
  struct Candidate {
    float logit;  // penalised
    std::int32_t id;
    double weight = 0;  // probability over that of the best
  };
  float penalised(float logit, std::int32_t id) const;
  std::int32_t draw(float best);
  void keep_top_k();
  void keep_top_p(double all);

  SamplingOptions options_;
  RandomStream random_;
  std::vector<bool> seen_;
  std::vector<Candidate> candidates_;
};

}  // namespace genre
