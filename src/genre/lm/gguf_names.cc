#include "genre/lm/gguf_names.h"

#include <span>

namespace genre {
namespace {

// The part of a name before ".weight" or ".bias"; # stands for the number of a layer.
struct Pair {
  std::string_view hugging_face, gguf;
};

constexpr Pair kLlamaNames[] = {{"model.embed_tokens", "token_embd"},
                                {"model.norm", "output_norm"},
                                {"lm_head", "output"},
                                {"model.layers.#.input_layernorm", "blk.#.attn_norm"},
                                {"model.layers.#.self_attn.q_proj", "blk.#.attn_q"},
                                {"model.layers.#.self_attn.k_proj", "blk.#.attn_k"},
                                {"model.layers.#.self_attn.v_proj", "blk.#.attn_v"},
                                {"model.layers.#.self_attn.o_proj", "blk.#.attn_output"},
                                {"model.layers.#.self_attn.q_norm", "blk.#.attn_q_norm"},
                                {"model.layers.#.self_attn.k_norm", "blk.#.attn_k_norm"},
                                {"model.layers.#.post_attention_layernorm", "blk.#.ffn_norm"},
                                {"model.layers.#.mlp.gate_proj", "blk.#.ffn_gate"},
                                {"model.layers.#.mlp.up_proj", "blk.#.ffn_up"},
                                {"model.layers.#.mlp.down_proj", "blk.#.ffn_down"}};
constexpr Pair kGpt2Names[] = {{"transformer.wte", "token_embd"},
                               {"transformer.wpe", "position_embd"},
                               {"transformer.ln_f", "output_norm"},
                               {"lm_head", "output"},
                               {"transformer.h.#.ln_1", "blk.#.attn_norm"},
                               {"transformer.h.#.attn.c_attn", "blk.#.attn_qkv"},
                               {"transformer.h.#.attn.c_proj", "blk.#.attn_output"},
                               {"transformer.h.#.ln_2", "blk.#.ffn_norm"},
                               {"transformer.h.#.mlp.c_fc", "blk.#.ffn_up"},
                               {"transformer.h.#.mlp.c_proj", "blk.#.ffn_down"}};
constexpr Pair kBertNames[] = {{"embeddings.word_embeddings", "token_embd"},
                               {"embeddings.position_embeddings", "position_embd"},
                               {"embeddings.token_type_embeddings", "token_types"},
                               {"embeddings.LayerNorm", "token_embd_norm"},
                               {"encoder.layer.#.attention.self.query", "blk.#.attn_q"},
                               {"encoder.layer.#.attention.self.key", "blk.#.attn_k"},
                               {"encoder.layer.#.attention.self.value", "blk.#.attn_v"},
                               {"encoder.layer.#.attention.output.dense", "blk.#.attn_output"},
                               {"encoder.layer.#.attention.output.LayerNorm", "blk.#.attn_output_norm"},
                               {"encoder.layer.#.intermediate.dense", "blk.#.ffn_up"},
                               {"encoder.layer.#.output.dense", "blk.#.ffn_down"},
                               {"encoder.layer.#.output.LayerNorm", "blk.#.layer_output_norm"}};

std::span<const Pair> names_of(ModelFamily family) {
  if (family == ModelFamily::kLlama) return kLlamaNames;
  if (family == ModelFamily::kGpt2) return kGpt2Names;
  return kBertNames;
}

// `to` with the number that stands in `name` where `from` has #; none where `name` is not of that form.
std::optional<std::string> renamed(std::string_view name, std::string_view from, std::string_view to) {
  const auto hash = from.find('#');
  if (hash == std::string_view::npos) return name == from ? std::optional(std::string(to)) : std::nullopt;
  const std::string_view before = from.substr(0, hash), after = from.substr(hash + 1);
  if (name.size() <= before.size() + after.size() || !name.starts_with(before) || !name.ends_with(after))
    return std::nullopt;
  const std::string_view number = name.substr(before.size(), name.size() - before.size() - after.size());
  if (number.size() > 6 || number.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::string out(to);
  return out.replace(out.find('#'), 1, number);
}

std::optional<std::string> translated(ModelFamily family, std::string_view name, bool to_gguf) {
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view ending = name.substr(dot);
  if (ending != ".weight" && ending != ".bias") return std::nullopt;
  for (const auto& [hugging_face, gguf] : names_of(family)) {
    auto out =
        to_gguf ? renamed(name.substr(0, dot), hugging_face, gguf) : renamed(name.substr(0, dot), gguf, hugging_face);
    if (out) return *out + std::string(ending);
  }
  return std::nullopt;
}

}  // namespace

std::optional<ModelFamily> model_family(std::string_view architecture) {
  if (architecture == "llama" || architecture == "qwen2" || architecture == "qwen3") return ModelFamily::kLlama;
  if (architecture == "gpt2") return ModelFamily::kGpt2;
  if (architecture == "bert") return ModelFamily::kBert;
  return std::nullopt;
}

std::optional<std::string> gguf_name(ModelFamily family, std::string_view hugging_face_name) {
  if (auto out = translated(family, hugging_face_name, /*to_gguf=*/true)) return out;
  if (family == ModelFamily::kBert)
    return hugging_face_name.starts_with("bert.") ? translated(family, hugging_face_name.substr(5), true)
                                                  : std::nullopt;
  const std::string prefix = family == ModelFamily::kLlama ? "model." : "transformer.";
  return translated(family, prefix + std::string(hugging_face_name), true);
}

std::optional<std::string> hugging_face_name(ModelFamily family, std::string_view gguf_name) {
  return translated(family, gguf_name, /*to_gguf=*/false);
}

}  // namespace genre
