#include "genre/engine/item_vectors.h"

#include <algorithm>
#include <chrono>

#include "genre/base/file.h"
#include "genre/data/item_text.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/text_encoder.h"
#include "genre/lm/vector_cache.h"

namespace genre {

ItemVectors item_texts_only(const EngineConfig& config, const Dataset& dataset) {
  ItemVectors out;
  // Data without item text still trains every model that needs none.
  if (dataset.item_fields.fields.empty())
    out.texts.resize(dataset.items.size());
  else
    out.texts = item_texts(dataset, TextTemplate(config.item_text.template_text));
  return out;
}

ItemVectors encode_items(const EngineConfig& config, const Dataset& dataset) {
  const auto start = std::chrono::steady_clock::now();
  ItemVectors out = item_texts_only(config, dataset);
  const TextEncoder encoder(resolve_model(config.lm.model), config.lm);
  CachedVectors cached = cached_encode(
      cache_folder() / "vectors", encoder.id(), encoder.dimension(), [&]() -> const TextEncoder& { return encoder; },
      out.texts);
  out.vectors = std::move(cached.vectors);
  for (std::size_t i = 0; i < out.texts.size(); ++i)
    if (out.texts[i].empty()) std::ranges::fill(out.vectors.row(static_cast<std::int64_t>(i)), 0.0f);
  out.embedded = cached.embedded;
  out.encoder_id = encoder.id();
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return out;
}

}  // namespace genre
