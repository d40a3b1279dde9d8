#include "genre/lm/decoder_text_encoder.h"

#include <algorithm>
#include <list>

#include "genre/lm/batch_plan.h"
#include "genre/nn/pooling.h"

namespace genre {
namespace {

constexpr std::int64_t kTokensAtOnce = 1024;

}  // namespace

Matrix encode_with_decoder(const Decoder& decoder, std::span<const std::vector<std::int32_t>> texts,
                           DecoderPooling pooling, const std::function<void(std::int64_t)>& progress) {
  Matrix vectors(static_cast<std::int64_t>(texts.size()), decoder.config().width);
  std::vector<std::int32_t> lengths;
  for (const auto& text : texts) lengths.push_back(static_cast<std::int32_t>(text.size()));
  const BatchPlan plan = plan_batches(lengths, kTokensAtOnce, /*threads=*/1);
  for (std::size_t b = 0; b < plan.batches(); ++b) {
    const auto batch = std::span(plan.order)
                           .subspan(static_cast<std::size_t>(plan.starts[b]),
                                    static_cast<std::size_t>(plan.starts[b + 1] - plan.starts[b]));
    std::list<KvCache> caches;
    std::vector<DecoderSlice> slices;
    std::vector<std::int32_t> offsets = {0}, rows;
    for (const std::int32_t t : batch) {
      const auto& ids = texts[static_cast<std::size_t>(t)];
      if (ids.empty()) continue;
      const int wanted = pooling == DecoderPooling::kLast ? 1 : static_cast<int>(ids.size());
      slices.push_back({&caches.emplace_back(decoder.new_cache()), ids, wanted});
      offsets.push_back(offsets.back() + wanted);
      rows.push_back(t);
    }
    if (!slices.empty()) {
      Matrix pooled(static_cast<std::int64_t>(rows.size()), vectors.cols());
      nn::pool(nn::Pooling::kMean, decoder.states(slices), offsets, /*skip=*/0, pooled.view());
      nn::normalise_rows(pooled.view());
      for (std::size_t r = 0; r < rows.size(); ++r)
        std::ranges::copy(pooled.row(static_cast<std::int64_t>(r)), vectors.row(rows[r]).begin());
    }
    if (progress) progress(static_cast<std::int64_t>(batch.size()));
  }
  return vectors;
}

}  // namespace genre
