#include "genre/lm/gguf_names.h"

#include <gtest/gtest.h>

namespace genre {

TEST(GgufNames, GoThereAndBack) {
  const std::tuple<ModelFamily, const char*, const char*> pairs[] = {
      {ModelFamily::kLlama, "model.embed_tokens.weight", "token_embd.weight"},
      {ModelFamily::kLlama, "model.layers.12.self_attn.q_proj.bias", "blk.12.attn_q.bias"},
      {ModelFamily::kLlama, "model.layers.0.post_attention_layernorm.weight", "blk.0.ffn_norm.weight"},
      {ModelFamily::kLlama, "lm_head.weight", "output.weight"},
      {ModelFamily::kGpt2, "transformer.h.3.attn.c_attn.weight", "blk.3.attn_qkv.weight"},
      {ModelFamily::kGpt2, "transformer.wpe.weight", "position_embd.weight"},
      {ModelFamily::kBert, "encoder.layer.5.attention.output.LayerNorm.bias", "blk.5.attn_output_norm.bias"},
      {ModelFamily::kBert, "embeddings.token_type_embeddings.weight", "token_types.weight"}};
  for (const auto& [family, folder, gguf] : pairs) {
    EXPECT_EQ(gguf_name(family, folder), gguf);
    EXPECT_EQ(hugging_face_name(family, gguf), folder);
  }
}

TEST(GgufNames, ThePrefixOfAHeadDoesNotMatter) {
  EXPECT_EQ(gguf_name(ModelFamily::kBert, "bert.embeddings.LayerNorm.weight"), "token_embd_norm.weight");
  EXPECT_EQ(gguf_name(ModelFamily::kGpt2, "wte.weight"), "token_embd.weight");
  EXPECT_EQ(gguf_name(ModelFamily::kLlama, "layers.1.mlp.up_proj.weight"), "blk.1.ffn_up.weight");
}

TEST(GgufNames, OtherTensorsHaveNone) {
  for (const char* name : {"", "weight", "transformer.h.0.attn.bias", "transformer.h..ln_1.weight",
                           "transformer.h.x.ln_1.weight", "transformer.h.99999999.ln_1.weight", "transformer.wte"})
    EXPECT_EQ(gguf_name(ModelFamily::kGpt2, name), std::nullopt) << name;
  EXPECT_EQ(gguf_name(ModelFamily::kBert, "pooler.dense.weight"), std::nullopt);
  EXPECT_EQ(hugging_face_name(ModelFamily::kLlama, "rope_freqs.weight"), std::nullopt);
  EXPECT_EQ(model_family("t5"), std::nullopt);
}

}  // namespace genre
