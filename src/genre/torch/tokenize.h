// Texts as sequences of tokens, on all threads.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "genre/text/tokenizer.h"

namespace genre::trainer {

// Each text, or each pair of a text and the other of the same number where there are others, cut to `limit` tokens.
std::vector<TokenSequence> tokenize(const Tokenizer& tokenizer, std::span<const std::string> texts,
                                    std::span<const std::string> others, int limit);

}  // namespace genre::trainer
