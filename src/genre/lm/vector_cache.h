// Vectors of texts kept on disk by content digest, so that a second run embeds only what changed.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include "genre/linalg/matrix.h"
#include "genre/lm/text_encoder.h"

namespace genre {

struct CachedVectors {
  Matrix vectors;             // one row a text
  std::int64_t embedded = 0;  // texts that had to be encoded
};

// One file for each encoder id below `folder`; entries are keyed by SHA-256 of the text. A damaged cache file is
// reported, ignored and rewritten. New entries are merged and written atomically at the end. `encoder` is called only
// when a text is missing, so a complete cache needs no model in memory; `encoder_id` names the file.
CachedVectors cached_encode(const std::filesystem::path& folder, const std::string& encoder_id, int dimension,
                            const std::function<const TextEncoder&()>& encoder, std::span<const std::string> texts);

}  // namespace genre
