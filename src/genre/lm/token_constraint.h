// What a generation may say, token by token.
#pragma once

#include <cstdint>
#include <vector>

namespace genre {

// A set of token sequences as states and steps. Thread-safe; one constraint serves many generations. From every state
// that a step returns a complete one can be reached.
class TokenConstraint {
 public:
  using State = std::int32_t;
  static constexpr State kStart = 0;

  virtual ~TokenConstraint() = default;

  // Replaces `ids` by those that may follow, ascending; empty when nothing may.
  virtual void allowed(State state, std::vector<std::int32_t>& ids) const = 0;
  // The state behind an allowed id.
  virtual State next(State state, std::int32_t id) const = 0;
  // Whether the text may end here.
  virtual bool complete(State state) const = 0;
  // Tokens of a short way to a complete state: none from a complete one.
  virtual std::vector<std::int32_t> closing(State state) const = 0;
  virtual int closing_length(State state) const = 0;
};

}  // namespace genre
