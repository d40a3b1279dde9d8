#include "genre/lm/generation.h"

#include <limits>

namespace genre {
namespace {

double rate(double tokens, double seconds) {
  return tokens > 0 && seconds > 0 ? tokens / seconds : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

std::string_view stop_reason_name(StopReason reason) {
  switch (reason) {
    case StopReason::kEnd:
      return "end";
    case StopReason::kStop:
      return "stop";
    case StopReason::kLength:
      return "length";
    case StopReason::kConstraint:
      return "constraint";
    case StopReason::kCancelled:
      break;
  }
  return "cancelled";
}

double Generation::prefill_tokens_per_second() const { return rate(prompt_tokens - shared_tokens, prefill_seconds); }

double Generation::decode_tokens_per_second() const {
  return rate(static_cast<double>(ids.size()) - 1, decode_seconds);
}

}  // namespace genre
