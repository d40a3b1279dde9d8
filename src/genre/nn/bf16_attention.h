// Attention for encoders whose products are less than fp32. Private to nn.
#pragma once

#include "genre/nn/kernels.h"

namespace genre::nn {

// One head with queries, keys, values and the weights of softmax rounded to bf16; sums and softmax are floats. A row's
// result does not depend on the others. scratch: bf16_attention_scratch(length, size) floats.
using Bf16Attend = void (*)(const AttentionHead& head, float* scratch);

constexpr std::int64_t bf16_attention_scratch(std::int64_t length, std::int64_t size) {
  return padded_length(length) * (size + kAttentionRows + kAttentionRows / 2) + kAttentionRows * size / 2;
}

Bf16Attend avx512bf16_attend();  // null where the compiler has no such target

// That of this processor, within what GENRE_CPU allows; null where it does not multiply bf16 numbers.
Bf16Attend bf16_attend();

}  // namespace genre::nn
