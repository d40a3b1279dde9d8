// Texts to vectors with a decoder.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "genre/linalg/matrix.h"
#include "genre/lm/decoder.h"

namespace genre {

enum class DecoderPooling {
  kLast,  // the state of the last token, which alone has seen the whole text
  kMean,  // the mean over all tokens
};

// One row a text (N x D, unit length) from its tokens; a text without tokens has a row of zeros. Texts are sorted by
// length and packed without padding. A row does not depend on the other texts, to the last bit. Throws
// Error(kResources) for a text longer than the model's positions and what states() throws. `progress` gets the number
// of texts done since its last call. Thread-safe; uses the global pool.
Matrix encode_with_decoder(const Decoder& decoder, std::span<const std::vector<std::int32_t>> texts,
                           DecoderPooling pooling, const std::function<void(std::int64_t)>& progress = {});

}  // namespace genre
