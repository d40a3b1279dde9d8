#include "genre/torch/tokenize.h"

#include "genre/base/thread_pool.h"

namespace genre::trainer {

std::vector<TokenSequence> tokenize(const Tokenizer& tokenizer, std::span<const std::string> texts,
                                    std::span<const std::string> others, int limit) {
  constexpr std::size_t kGrain = 64;
  std::vector<TokenSequence> out(texts.size());
  global_pool().parallel_for(texts.size(), kGrain, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t i = begin; i < end; ++i) {
      if (!others.empty())
        out[i] = tokenizer.encode_pair(texts[i], others[i], limit);
      else
        out[i].ids = tokenizer.encode(texts[i], limit);
      out[i].segments.resize(out[i].ids.size());
    }
  });
  return out;
}

}  // namespace genre::trainer
