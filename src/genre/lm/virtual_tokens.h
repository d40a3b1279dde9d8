// Learnt tokens in front of every sequence as PEFT writes them: adapter_config.json and adapter_model.safetensors.
// Sources: Lester et al., "The Power of Scale for Parameter-Efficient Prompt Tuning" (2021); Li and Liang,
// "Prefix-Tuning: Optimizing Continuous Prompts for Generation" (2021).
#pragma once

#include <filesystem>

#include "genre/linalg/matrix.h"

namespace genre {

// N rows of virtual tokens: of prompt tuning their word embeddings, so many wide as `columns`; of prefix tuning their
// keys and values, layer by layer the keys of all heads and then the values. Throws Error(kNotFound), or Error(kData)
// for rows of another width, a reparametrisation that was not folded in, and whole modules beside them.
Matrix read_virtual_tokens(const std::filesystem::path& folder, std::int64_t columns);

}  // namespace genre
