// Decoder language models: Llama, Qwen2, Qwen3, SmolLM2, GPT-2. Token ids in, logits or states out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "genre/linalg/matrix.h"
#include "genre/lm/decoder_config.h"
#include "genre/lm/decoder_linear.h"
#include "genre/lm/kv_cache.h"
#include "genre/text/tokenizer.h"

namespace genre {

// New tokens of one sequence, whose cache Decoder::new_cache() or another cache began, and for how many of the last of
// them logits are wanted (0: none, 1: to sample the next).
struct DecoderSlice {
  KvCache* cache;
  std::span<const std::int32_t> ids;
  int logits = 1;
};

// Immutable after loading, so shareable between threads that bring caches of their own.
class Decoder {
 public:
  // A folder (config.json, safetensors, tokenizer.json) or a GGUF file, or a folder with one. `adapter`, where not
  // empty, is a folder as PEFT writes it (lora.h), merged into the weights. The adapter that belongs to a folder
  // (adapter_folder.h) stands beside them. Throws Error(kNotFound), or Error(kData) naming file and fault.
  Decoder(const std::filesystem::path& folder_or_file, DecoderPrecision precision,
          const std::filesystem::path& adapter = {});
  ~Decoder();
  Decoder(Decoder&&) noexcept;

  // The same weights, which the two share, and beside them an adapter as PEFT or AdapterHub writes it
  // (decoder_adapter.h) in place of the one that was beside them: any number of adapters on one base, which stays in
  // its precision. Throws Error(kNotFound), or Error(kData) for an adapter of another model.
  Decoder with_adapter(const std::filesystem::path& folder) const;
  // A cache for a new sequence: behind the virtual tokens of the adapter, where it has them.
  KvCache new_cache() const;
  // The same weights, which the two share, without the layers that are marked: what leaving them out would do.
  Decoder without_layers(std::vector<bool> left_out) const;

  const DecoderConfig& config() const;  // positions are those that an adapter's virtual tokens leave
  const Tokenizer& tokenizer() const;   // throws Error(kNotFound) where the folder has none
  std::size_t weight_bytes() const;     // in memory, without the mapped file
  std::size_t adapter_bytes() const;    // of the adapter beside the weights

  // Appends the slices to their caches, no two of one cache, in one pass over the weights (several where there are very
  // many tokens). Returns the logits (rows: the wanted positions of slice after slice; V columns). A slice's result
  // does not depend on the others, nor on how a sequence is cut into slices, to the last bit. Throws Error(kData) for
  // an id outside the vocabulary, Error(kResources) for a sequence longer than `positions`, Error(kInterrupted) between
  // layers after a signal; caches are then unchanged. Uses the global pool.
  Matrix forward(std::span<const DecoderSlice> batch) const;
  // The same, but final normalised states (D columns) in place of logits: embeddings of decoders.
  Matrix states(std::span<const DecoderSlice> batch) const;

 private:
  struct Model;
  explicit Decoder(std::unique_ptr<Model> model);
  std::unique_ptr<Model> model_;
};

}  // namespace genre
