// How much memory passes need beside the weights, at most: known before anything is loaded.
#pragma once

#include <cstdint>

#include "genre/lm/decoder_config.h"
#include "genre/lm/encoder_config.h"

namespace genre {

// Activations while texts of at most `tokens` tokens are encoded: each thread has a batch of its own, packed of texts
// to about 1,024 tokens (batch_plan.h), and the buffers of Encoder::states.
std::int64_t encoder_activation_bytes(const EncoderConfig& config, std::int64_t tokens, int threads);

// Activations of a decoder's pass over at most 512 new tokens of all sequences together, and the logits of `sequences`
// next tokens. The caches of keys and values (DecoderConfig::cache_bytes of each sequence) come on top.
std::int64_t decoder_activation_bytes(const DecoderConfig& config, std::int64_t sequences, int threads);

}  // namespace genre
