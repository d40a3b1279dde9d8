// One pass of new tokens of many sequences through the layers of a decoder.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "genre/linalg/matrix.h"
#include "genre/lm/decoder_adapter.h"
#include "genre/lm/decoder_weights.h"
#include "genre/lm/kv_cache.h"

namespace genre {

// Tokens that are appended to one cache: ids of the vocabulary, within the positions of the model.
struct DecoderPiece {
  KvCache* cache;
  std::span<const std::int32_t> ids;
  const Matrix* embeddings = nullptr;  // T x D in place of those of the ids; or null
};

// What a pass does otherwise than the weights alone say.
struct DecoderVariation {
  std::vector<bool> left_out;                     // layers, by number, that change nothing; or none
  std::shared_ptr<const DecoderAdapter> adapter;  // added to the products; or none
  std::shared_ptr<const KvCache> begin;           // virtual tokens in front of every sequence; or none
};

// States (T x D) of the tokens of all pieces behind the last layer, before the last norm. Keys and values are written;
// the caches count them only after extend(). Uses the global pool.
Matrix decoder_pass(const DecoderConfig& config, const DecoderWeights& weights, const DecoderVariation& variation,
                    std::span<const DecoderPiece> pieces);

// out = norm(x); out may be x.
void apply_norm(const DecoderConfig& config, const DecoderNorm& norm, ConstMatrixView x, MatrixView out);

}  // namespace genre
