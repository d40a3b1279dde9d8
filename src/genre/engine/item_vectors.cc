#include "genre/engine/item_vectors.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "genre/base/file.h"
#include "genre/base/sha256.h"
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

ItemVectors item_vectors_of_file(const EngineConfig& config, const Dataset& dataset) {
  ItemVectors out = item_texts_only(config, dataset);
  out.vectors = read_item_vectors(config.item_vectors, config.base_folder, dataset);
  out.encoder_id = sha256_file(config.base_folder / config.item_vectors.path);
  return out;
}

ItemVectors encode_items(const EngineConfig& config, const Dataset& dataset) {
  const auto start = std::chrono::steady_clock::now();
  ItemVectors out = item_texts_only(config, dataset);
  const auto model = resolve_model(config.lm.model);
  const EncoderIdentity identity = identify_encoder(model, config.lm);
  std::optional<TextEncoder> encoder;  // loaded only when a text is not in the cache
  CachedVectors cached = cached_encode(
      cache_folder() / "vectors", identity.id, identity.dimension,
      [&]() -> const TextEncoder& { return encoder ? *encoder : encoder.emplace(model, config.lm); }, out.texts);
  out.vectors = std::move(cached.vectors);
  for (std::size_t i = 0; i < out.texts.size(); ++i)
    if (out.texts[i].empty()) std::ranges::fill(out.vectors.row(static_cast<std::int64_t>(i)), 0.0f);
  out.embedded = cached.embedded;
  out.encoder_id = identity.id;
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return out;
}

}  // namespace genre
