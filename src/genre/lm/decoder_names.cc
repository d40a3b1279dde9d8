#include "genre/lm/decoder_names.h"

namespace genre {

DecoderNames gguf_decoder_names(const DecoderConfig& config) {
  DecoderNames out{.tokens = "token_embd",
                   .positions = "position_embd",
                   .norm = "output_norm",
                   .head = "output",
                   .layer = {.attention_norm = "attn_norm",
                             .query_key_value = {"attn_q", "attn_k", "attn_v"},
                             .query_norm = "attn_q_norm",
                             .key_norm = "attn_k_norm",
                             .attention_output = "attn_output",
                             .feed_forward_norm = "ffn_norm",
                             .inner = {"ffn_gate", "ffn_up"},
                             .outer = "ffn_down"},
                   .layer_prefix = "blk.",
                   .interleaved = config.architecture == "llama"};
  if (config.gpt2()) {
    out.layer.query_key_value = {"attn_qkv"};
    out.layer.inner = {"ffn_up"};
  }
  return out;
}

DecoderNames hugging_face_decoder_names(const DecoderConfig& config, const std::string& prefix) {
  if (config.gpt2()) {
    return {.tokens = prefix + "wte",
            .positions = prefix + "wpe",
            .norm = prefix + "ln_f",
            .head = "lm_head",
            .layer = {.attention_norm = "ln_1",
                      .query_key_value = {"attn.c_attn"},
                      .query_norm = {},
                      .key_norm = {},
                      .attention_output = "attn.c_proj",
                      .feed_forward_norm = "ln_2",
                      .inner = {"mlp.c_fc"},
                      .outer = "mlp.c_proj"},
            .layer_prefix = prefix + "h.",
            .input_major = true};
  }
  return {.tokens = prefix + "embed_tokens",
          .positions = {},
          .norm = prefix + "norm",
          .head = "lm_head",
          .layer = {.attention_norm = "input_layernorm",
                    .query_key_value = {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"},
                    .query_norm = "self_attn.q_norm",
                    .key_norm = "self_attn.k_norm",
                    .attention_output = "self_attn.o_proj",
                    .feed_forward_norm = "post_attention_layernorm",
                    .inner = {"mlp.gate_proj", "mlp.up_proj"},
                    .outer = "mlp.down_proj"},
          .layer_prefix = prefix + "layers."};
}

std::string decoder_module_prefix(const DecoderConfig& config) { return config.gpt2() ? "transformer." : "model."; }

}  // namespace genre
