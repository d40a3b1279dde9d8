// The tokenizer of a model folder as GGUF metadata, and back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "genre/base/gguf_writer.h"

namespace genre {

// Reads FOLDER/tokenizer.json (byte-level BPE or WordPiece) and tokenizer_config.json, writes tokenizer.ggml.*, the
// chat template, and tokenizer.json as it is below tokenizer.huggingface.json. The list of tokens is filled up to
// `vocabulary`, the rows of the embedding. Throws Error(kNotFound), or Error(kData) for a tokenizer of another kind.
void write_gguf_tokenizer(const std::filesystem::path& folder, const std::string& architecture, std::int64_t vocabulary,
                          GgufWriter& out);

// Writes tokenizer.json and, where there is none yet, tokenizer_config.json. Throws Error(kData) as above.
void write_folder_tokenizer(const GgufFile& file, const std::filesystem::path& folder);

}  // namespace genre
