#include "genre/lm/encoder_architecture.h"

#include <array>

namespace genre {
namespace {

constexpr EncoderArchitecture kBert = {.name = "bert",
                                       .prefix = "bert.",
                                       .types = "embeddings.token_type_embeddings",
                                       .head_dense = "bert.pooler.dense",
                                       .head_output = "classifier"};

constexpr EncoderArchitecture roberta(std::string_view name) {
  return {.name = name, .prefix = "roberta.", .types = "embeddings.token_type_embeddings", .pads_positions = true};
}

constexpr EncoderArchitecture kElectra = {.name = "electra",
                                          .prefix = "electra.",
                                          .types = "embeddings.token_type_embeddings",
                                          .projection = "embeddings_project",
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

constexpr std::array kArchitectures = {
    kBert,  roberta("roberta"), roberta("xlm-roberta"), roberta("camembert"), kElectra, kDistilBert,
    kMpnet, kModernBert};

}  // namespace

std::span<const EncoderArchitecture> encoder_architectures() { return kArchitectures; }

}  // namespace genre
