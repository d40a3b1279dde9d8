// A text that a decoder is asked to write, and what came of it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "genre/lm/sampler.h"
#include "genre/lm/token_constraint.h"

namespace genre {

struct GenerationRequest {
  std::vector<std::int32_t> prompt;  // at least one token
  SamplingOptions sampling;
  int max_tokens = 256;  // >= 1; the model's positions may leave fewer
  std::vector<std::string> stop;
  std::shared_ptr<const TokenConstraint> constraint;  // none: any text; not together with stop strings
  // Pieces of the text as they become certain, whole characters each; called on the generator's thread.
  std::function<void(std::string_view)> on_text;
};

enum class StopReason {
  kEnd,     // the model gave an end token
  kStop,    // a stop string, which is not in the text
  kLength,  // no more tokens were allowed; under a constraint the text was closed the short way, so that it satisfies
            // it
  kConstraint,  // the constraint lets nothing follow
  kCancelled,
};
std::string_view stop_reason_name(StopReason reason);  // "end", "stop", "length", "constraint", "cancelled"

struct Generation {
  std::string text;
  std::vector<std::int32_t> ids;  // end tokens left out, those of a stop string not
  int prompt_tokens = 0;
  int shared_tokens = 0;  // of the prompt, computed for an earlier request
  StopReason stop_reason = StopReason::kCancelled;
  double prefill_seconds = 0;  // until the logits behind the prompt
  double decode_seconds = 0;   // from there to the end

  // Tokens computed a second; NaN where nothing was.
  double prefill_tokens_per_second() const;
  double decode_tokens_per_second() const;  // the first token came with the prompt and does not count
};

}  // namespace genre
