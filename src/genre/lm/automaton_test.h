// Whether an automaton takes a text, for the tests of what compiles to one.
#pragma once

#include <string>

#include "genre/lm/byte_automaton.h"

namespace genre {

inline bool accepts(ByteAutomaton& automaton, const std::string& text) {
  auto state = automaton.start();
  for (const char c : text)
    if (state >= 0) state = automaton.step(state, static_cast<unsigned char>(c));
  return state >= 0 && automaton.accepts(state);
}

}  // namespace genre
