#include "genre/lm/encoder_architecture.h"

#include <array>

namespace genre {
namespace {

constexpr std::string_view kTypes = "embeddings.token_type_embeddings", kBehindAttention = "attention.output",
                           kBehindOutput = "output";

constexpr EncoderArchitecture kBert = {.name = "bert",
                                       .prefix = "bert.",
                                       .types = kTypes,
                                       .attention_adapters = kBehindAttention,
                                       .output_adapters = kBehindOutput,
                                       .head_dense = "bert.pooler.dense",
                                       .head_output = "classifier"};

constexpr EncoderArchitecture roberta(std::string_view name) {
  return {.name = name,
          .prefix = "roberta.",
          .types = kTypes,
          .attention_adapters = kBehindAttention,
          .output_adapters = kBehindOutput,
          .pads_positions = true};
}

constexpr EncoderArchitecture kElectra = {.name = "electra",
                                          .prefix = "electra.",
                                          .types = kTypes,
                                          .projection = "embeddings_project",
                                          .attention_adapters = kBehindAttention,
                                          .output_adapters = kBehindOutput,
                                          .head_activation = Activation::kGelu};

constexpr EncoderArchitecture kDistilBert = {.name = "distilbert",
                                             .hidden = "dim",
                                             .layers = "n_layers",
                                             .heads = "n_heads",
                                             .intermediate = "hidden_dim",
                                             .activation = "activation",
                                             .epsilon = "",
                                             .prefix = "distilbert.",
                                             .layer = "transformer.layer.{}.",
                                             .query = "attention.q_lin",
                                             .key = "attention.k_lin",
                                             .value = "attention.v_lin",
                                             .attention_output = "attention.out_lin",
                                             .attention_norm = "sa_layer_norm",
                                             .inner = "ffn.lin1",
                                             .outer = "ffn.lin2",
                                             .output_norm = "output_layer_norm",
                                             .head_dense = "pre_classifier",
                                             .head_output = "classifier",
                                             .head_activation = Activation::kRelu};

constexpr EncoderArchitecture kMpnet = {.name = "mpnet",
                                        .prefix = "mpnet.",
                                        .relative_bias = "encoder.relative_attention_bias",
                                        .query = "attention.attn.q",
                                        .key = "attention.attn.k",
                                        .value = "attention.attn.v",
                                        .attention_output = "attention.attn.o",
                                        .attention_norm = "attention.LayerNorm",
                                        .pads_positions = true};

constexpr EncoderArchitecture kModernBert = {.name = "modernbert",
                                             .activation = "hidden_activation",
                                             .epsilon = "norm_eps",
                                             .prefix = "model.",
                                             .words = "embeddings.tok_embeddings",
                                             .positions = "",
                                             .embedding_norm = "embeddings.norm",
                                             .final_norm = "final_norm",
                                             .layer = "layers.{}.",
                                             .query = "",
                                             .key = "",
                                             .value = "",
                                             .query_key_value = "attn.Wqkv",
                                             .attention_output = "attn.Wo",
                                             .attention_norm = "attn_norm",
                                             .inner = "mlp.Wi",
                                             .outer = "mlp.Wo",
                                             .output_norm = "mlp_norm",
                                             .head_dense = "head.dense",
                                             .head_norm = "head.norm",
                                             .head_output = "classifier",
                                             .head_activation = Activation::kGelu,
                                             .norm_first = true,
                                             .gated = true,
                                             .rotary = true};

// The architecture of gte 1.5, whose model_type is this word.
constexpr EncoderArchitecture kNew = {.name = "new",
                                      .prefix = "new.",
                                      .positions = "",
                                      .types = kTypes,
                                      .query = "attention.q_proj",
                                      .key = "attention.k_proj",
                                      .value = "attention.v_proj",
                                      .query_key_value = "attention.qkv_proj",
                                      .attention_output = "attention.o_proj",
                                      .attention_norm = "attn_ln",
                                      .inner = "mlp.up_gate_proj",
                                      .outer = "mlp.down_proj",
                                      .output_norm = "mlp_ln",
                                      .head_dense = "new.pooler.dense",
                                      .head_output = "classifier",
                                      .gated = true,
                                      .gate_last = true,
                                      .rotary = true};

constexpr std::array kArchitectures = {
    kBert, roberta("roberta"), roberta("xlm-roberta"), roberta("camembert"), kElectra, kDistilBert, kMpnet, kModernBert,
    kNew};

constexpr EncoderArchitecture kGgufBert = {.name = "bert",
                                           .words = "token_embd",
                                           .positions = "position_embd",
                                           .types = "token_types",
                                           .embedding_norm = "token_embd_norm",
                                           .layer = "blk.{}.",
                                           .query = "attn_q",
                                           .key = "attn_k",
                                           .value = "attn_v",
                                           .attention_output = "attn_output",
                                           .attention_norm = "attn_output_norm",
                                           .inner = "ffn_up",
                                           .outer = "ffn_down",
                                           .output_norm = "layer_output_norm"};

}  // namespace

std::span<const EncoderArchitecture> encoder_architectures() { return kArchitectures; }
const EncoderArchitecture& gguf_bert_architecture() { return kGgufBert; }

std::string layer_prefix(std::string_view pattern, int layer) {
  std::string out(pattern);
  return out.replace(out.find("{}"), 2, std::to_string(layer));
}

}  // namespace genre
