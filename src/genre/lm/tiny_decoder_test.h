// The tiny models of tests/golden/decoder_tiny.json, written as files that a Decoder reads.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "genre/base/file.h"
#include "genre/base/gguf_writer.h"
#include "genre/base/safetensors.h"

namespace genre {

struct TinyDecoder {
  struct Tensor {
    std::vector<std::int64_t> shape;
    std::vector<float> values;
  };
  std::string name;
  nlohmann::json config;
  std::map<std::string, Tensor> tensors;
  std::vector<std::int32_t> ids;
  std::vector<std::int64_t> positions;
  std::vector<std::vector<float>> logits;  // of those positions

  // As `numbers` of tests/golden/make_decoder_golden.py.
  static std::vector<float> numbers(std::uint32_t seed, std::size_t count, float offset, float scale) {
    std::vector<float> out;
    for (std::size_t i = 0; i < count; ++i) {
      seed = seed * 1664525u + 1013904223u;
      out.push_back(offset + static_cast<float>(static_cast<int>(seed >> 16) - 32768) / 32768 * scale);
    }
    return out;
  }

  static std::vector<TinyDecoder> all() { return read("models"); }
  // Adapters for models of the same name: their configuration and tensors, and the logits of the adapted model.
  static std::vector<TinyDecoder> adapters() { return read("adapters"); }

  static std::vector<TinyDecoder> read(const char* kind) {
    const auto file = nlohmann::json::parse(read_file(GENRE_SOURCE_DIR "/tests/golden/decoder_tiny.json"));
    std::vector<TinyDecoder> out;
    for (const auto& model : file.at(kind)) {
      TinyDecoder tiny{.name = model.at("name"),
                       .config = model.at("config"),
                       .tensors = {},
                       .ids = model.at("ids"),
                       .positions = model.at("positions"),
                       .logits = model.at("logits")};
      for (const auto& entry : model.at("tensors")) {
        Tensor tensor{entry.at("shape").get<std::vector<std::int64_t>>(), {}};
        std::size_t count = 1;
        for (const auto extent : tensor.shape) count *= static_cast<std::size_t>(extent);
        tensor.values = numbers(entry.at("seed"), count, entry.at("offset"), entry.at("scale"));
        tiny.tensors[entry.at("name")] = std::move(tensor);
      }
      out.push_back(std::move(tiny));
    }
    return out;
  }
  static TinyDecoder named(const std::string& name) {
    for (auto& tiny : all())
      if (tiny.name == name) return tiny;
    throw std::runtime_error("no tiny model " + name);
  }

  // config.json and the weights, in one file or, where shards > 1, in several with an index.
  void write(const std::filesystem::path& folder, int shards = 1) const {
    std::filesystem::create_directories(folder);
    write_file_atomic(folder / "config.json", config.dump());
    std::vector<SafetensorsWriter> files(static_cast<std::size_t>(shards));
    nlohmann::json index;
    std::size_t next = 0;
    for (const auto& [tensor_name, tensor] : tensors) {
      const std::size_t shard = next++ % files.size();
      files[shard].add<float>(tensor_name, tensor.values, tensor.shape);
      index["weight_map"][tensor_name] = shard_name(shard, shards);
    }
    for (std::size_t s = 0; s < files.size(); ++s) files[s].write(folder / shard_name(s, shards));
    if (shards > 1) write_file_atomic(folder / "model.safetensors.index.json", index.dump());
  }

  void write_adapter(const std::filesystem::path& folder) const {
    std::filesystem::create_directories(folder);
    write_file_atomic(folder / "adapter_config.json", config.dump());
    SafetensorsWriter file;
    for (const auto& [tensor_name, tensor] : tensors) file.add<float>(tensor_name, tensor.values, tensor.shape);
    file.write(folder / "adapter_model.safetensors");
  }

  // The same model as llama.cpp's converter would write it, in F32.
  void write_gguf(const std::filesystem::path& path, const std::vector<std::string>& tokens = {}) const {
    const std::string family = config.at("model_type");
    const bool gpt2 = family == "gpt2";
    GgufWriter file;
    file.set_text("general.architecture", family);
    const auto integer = [&](const char* key, const char* from) {
      file.set_integer(family + "." + key, config.at(from).get<std::uint32_t>());
    };
    integer("embedding_length", gpt2 ? "n_embd" : "hidden_size");
    integer("block_count", gpt2 ? "n_layer" : "num_hidden_layers");
    integer("attention.head_count", gpt2 ? "n_head" : "num_attention_heads");
    integer("context_length", gpt2 ? "n_positions" : "max_position_embeddings");
    if (gpt2) {
      file.set_integer("gpt2.feed_forward_length", 4 * config.at("n_embd").get<std::uint32_t>());
      file.set_number("gpt2.attention.layer_norm_epsilon", config.at("layer_norm_epsilon"));
    } else {
      integer("feed_forward_length", "intermediate_size");
      integer("attention.head_count_kv", "num_key_value_heads");
      if (config.value("head_dim", nlohmann::json()).is_number()) integer("attention.key_length", "head_dim");
      file.set_number(family + ".attention.layer_norm_rms_epsilon", config.at("rms_norm_eps"));
      file.set_number(family + ".rope.freq_base", config.at("rope_parameters").at("rope_theta"));
    }
    if (!tokens.empty()) {
      file.set_text("tokenizer.ggml.model", "gpt2");
      file.set_text("tokenizer.ggml.pre", "gpt-2");
      file.set_texts("tokenizer.ggml.tokens", tokens);
      file.set_texts("tokenizer.ggml.merges", std::vector<std::string>{"a b"});
      std::vector<std::int32_t> types(tokens.size(), 1);
      types[0] = 3;
      file.set_integers("tokenizer.ggml.token_type", types);
      file.set_integer("tokenizer.ggml.bos_token_id", 0);
      file.set_boolean("tokenizer.ggml.add_bos_token", true);
      file.set_integer("tokenizer.ggml.eos_token_id", 1);
    }
    std::map<std::string, Tensor> converted;
    for (const auto& [tensor_name, tensor] : tensors) converted[gguf_name(tensor_name)] = convert(tensor_name, tensor);
    for (const auto& [tensor_name, tensor] : converted)
      file.add(tensor_name, BlockFormat::kF32, tensor.shape, std::as_bytes(std::span(tensor.values)));
    file.write(path);
  }

 private:
  static std::string shard_name(std::size_t shard, int shards) {
    return shards == 1 ? "model.safetensors" : "model-" + std::to_string(shard) + ".safetensors";
  }

  static std::string gguf_name(std::string text) {
    static const std::pair<const char*, const char*> kNames[] = {{"model.embed_tokens", "token_embd"},
                                                                 {"transformer.wte", "token_embd"},
                                                                 {"transformer.wpe", "position_embd"},
                                                                 {"transformer.ln_f", "output_norm"},
                                                                 {"model.norm", "output_norm"},
                                                                 {"lm_head", "output"},
                                                                 {"model.layers.", "blk."},
                                                                 {"transformer.h.", "blk."},
                                                                 {"input_layernorm", "attn_norm"},
                                                                 {"ln_1", "attn_norm"},
                                                                 {"post_attention_layernorm", "ffn_norm"},
                                                                 {"ln_2", "ffn_norm"},
                                                                 {"self_attn.q_proj", "attn_q"},
                                                                 {"self_attn.k_proj", "attn_k"},
                                                                 {"self_attn.v_proj", "attn_v"},
                                                                 {"self_attn.o_proj", "attn_output"},
                                                                 {"self_attn.q_norm", "attn_q_norm"},
                                                                 {"self_attn.k_norm", "attn_k_norm"},
                                                                 {"attn.c_attn", "attn_qkv"},
                                                                 {"attn.c_proj", "attn_output"},
                                                                 {"mlp.gate_proj", "ffn_gate"},
                                                                 {"mlp.up_proj", "ffn_up"},
                                                                 {"mlp.down_proj", "ffn_down"},
                                                                 {"mlp.c_fc", "ffn_up"},
                                                                 {"mlp.c_proj", "ffn_down"}};
    for (const auto& [from, to] : kNames) {
      const auto at = text.find(from);
      if (at != std::string::npos) text.replace(at, std::string(from).size(), to);
    }
    return text;
  }

  // GGUF holds every weight output-major, and the queries and keys of llama with the halves of each head interleaved.
  Tensor convert(const std::string& tensor_name, const Tensor& tensor) const {
    if (tensor.shape.size() != 2) return tensor;
    const auto rows = static_cast<std::size_t>(tensor.shape[0]), cols = static_cast<std::size_t>(tensor.shape[1]);
    Tensor out = tensor;
    if (tensor_name.find(".c_") != std::string::npos) {
      std::swap(out.shape[0], out.shape[1]);
      for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < cols; ++c) out.values[c * rows + r] = tensor.values[r * cols + c];
    }
    if (config.at("model_type") == "llama" &&
        (tensor_name.ends_with("q_proj.weight") || tensor_name.ends_with("k_proj.weight"))) {
      const std::size_t head = config.at("head_dim"), half = head / 2;
      for (std::size_t r = 0; r < rows; ++r) {
        const std::size_t d = r % head, to = r - d + (d < half ? 2 * d : 2 * (d - half) + 1);
        std::copy_n(tensor.values.data() + r * cols, cols, out.values.data() + to * cols);
      }
    }
    return out;
  }
};

class TinyDecoderFiles : public testing::Test {
 protected:
  std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("tiny-decoder-" + std::to_string(getpid()));
  void TearDown() override { std::filesystem::remove_all(folder_); }
};

}  // namespace genre
