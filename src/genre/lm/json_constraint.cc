#include "genre/lm/json_constraint.h"

#include <bit>

#include "genre/base/error.h"
#include "genre/lm/json_schema.h"

namespace genre {

JsonConstraint::JsonConstraint(std::shared_ptr<const VocabularyTree> vocabulary, std::string_view schema,
                               const std::string& file)
    : vocabulary_(std::move(vocabulary)), automaton_(compile_json_schema(schema, file)) {
  closing_length(kStart);
}

JsonConstraint::Remembered& JsonConstraint::remembered(State state) const {
  const auto i = static_cast<std::size_t>(state);
  if (i >= states_.size()) states_.resize(i + 1);
  return states_[i];
}

void JsonConstraint::allowed(State state, std::vector<std::int32_t>& ids) const {
  const std::scoped_lock lock(mutex_);
  auto& bits = remembered(state).allowed;
  if (bits.empty()) {
    bits.resize(static_cast<std::size_t>(vocabulary_->size() + 63) / 64);
    vocabulary_->walk(
        state, [&](State from, unsigned char byte) { return automaton_.step(from, byte); },
        [&](std::int32_t id) { bits[static_cast<std::size_t>(id) / 64] |= std::uint64_t{1} << (id % 64); });
  }
  ids.clear();
  for (std::size_t word = 0; word < bits.size(); ++word)
    for (std::uint64_t rest = bits[word]; rest != 0; rest &= rest - 1)
      ids.push_back(static_cast<std::int32_t>(word * 64) + std::countr_zero(rest));
}

TokenConstraint::State JsonConstraint::next(State state, std::int32_t id) const {
  const std::scoped_lock lock(mutex_);
  for (const char byte : vocabulary_->bytes(id)) state = automaton_.step(state, static_cast<unsigned char>(byte));
  return state;
}

bool JsonConstraint::complete(State state) const {
  const std::scoped_lock lock(mutex_);
  return automaton_.accepts(state);
}

std::vector<std::int32_t> JsonConstraint::closing(State state) const {
  const std::scoped_lock lock(mutex_);
  const std::string rest = automaton_.shortest(state);
  auto ids = vocabulary_->spell(rest);
  if (ids.empty() && !rest.empty())
    throw Error(ErrorCode::kConfig, "the model's tokens cannot spell what the schema asks for: " + rest);
  return ids;
}

int JsonConstraint::closing_length(State state) const {
  {
    const std::scoped_lock lock(mutex_);
    if (const int known = remembered(state).closing_length; known >= 0) return known;
  }
  const int length = static_cast<int>(closing(state).size());
  const std::scoped_lock lock(mutex_);
  return remembered(state).closing_length = length;
}

}  // namespace genre
