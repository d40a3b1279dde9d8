// Generations that satisfy a JSON schema.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "genre/lm/byte_automaton.h"
#include "genre/lm/token_constraint.h"
#include "genre/lm/vocabulary_tree.h"

namespace genre {

// Runs the automaton of json_schema.h along the whole vocabulary and remembers the allowed tokens of each state as
// bits. Any way to spell the bytes in tokens is allowed. `file` names the schema in errors, which are those of
// compile_json_schema; Error(kConfig) where the vocabulary cannot spell what the schema asks for.
class JsonConstraint : public TokenConstraint {
 public:
  JsonConstraint(std::shared_ptr<const VocabularyTree> vocabulary, std::string_view schema, const std::string& file);

  void allowed(State state, std::vector<std::int32_t>& ids) const override;
  State next(State state, std::int32_t id) const override;
  bool complete(State state) const override;
  std::vector<std::int32_t> closing(State state) const override;
  int closing_length(State state) const override;

 private:
  struct Remembered {
    std::vector<std::uint64_t> allowed;  // a bit an id
    int closing_length = -1;
  };
  Remembered& remembered(State state) const;

  std::shared_ptr<const VocabularyTree> vocabulary_;
  mutable std::mutex mutex_;  // guards what follows
  mutable ByteAutomaton automaton_;
  mutable std::vector<Remembered> states_;
};

}  // namespace genre
