// Many token sequences through an encoder, all threads at work.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "genre/lm/encoder.h"

namespace genre {

// Sorts the sequences by length, packs them into batches and calls body(members, tokens) for each on the global pool:
// tokens are those of the sequences `members`, in this order. `segments` has one entry a sequence, or none at all. body
// runs on several threads at once. `progress` gets the number of sequences done since its last call, from one thread at
// a time. Throws Error(kInterrupted) between batches, and what body throws.
void for_each_batch(std::span<const std::vector<std::int32_t>> ids, std::span<const std::vector<std::int32_t>> segments,
                    const std::function<void(std::span<const std::int32_t> members, const PackedTokens& tokens)>& body,
                    const std::function<void(std::int64_t)>& progress = {});

}  // namespace genre
