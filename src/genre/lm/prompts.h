// What is put before a text so that an encoder knows whether it is an item or what somebody looks for.
#pragma once

#include <string>

#include "genre/lm/options.h"
#include "genre/lm/sentence_config.h"

namespace genre {

enum class TextRole { kItem, kQuery };

// The prompt of a role: what LmOptions::item_prompt or query_prompt chooses. "auto" is the model's prompt for the role,
// as in sentence-transformers: query, or else document, passage or corpus, or else its default prompt, or else none.
// "none" is none, "text:WORDS" is WORDS, and anything else is the name of a prompt of the model. Throws Error(kConfig)
// for a name that the model does not have.
std::string resolve_prompt(const SentenceConfig& config, const LmOptions& options, TextRole role);

}  // namespace genre
