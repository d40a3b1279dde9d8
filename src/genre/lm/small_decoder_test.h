// A random Llama of 258 tokens with a byte-level tokenizer, as files.
#pragma once

#include "genre/lm/byte_tokenizer_test.h"
#include "genre/lm/decoder.h"
#include "genre/lm/tiny_decoder_test.h"

namespace genre {

class SmallDecoder : public TinyDecoderFiles {
 protected:
  static constexpr int kPositions = 400;

  void SetUp() override {
    TinyDecoder tiny = TinyDecoder::named("llama");
    constexpr std::int64_t vocabulary = ByteTokenizer::kSize;
    tiny.config["vocab_size"] = vocabulary;
    tiny.config["max_position_embeddings"] = kPositions;
    tiny.config["eos_token_id"] = ByteTokenizer::kEnd;
    std::uint32_t seed = 1000;
    for (const char* name : {"model.embed_tokens.weight", "lm_head.weight"}) {
      auto& tensor = tiny.tensors.at(name);
      tensor.shape[0] = vocabulary;
      tensor.values = TinyDecoder::numbers(++seed, static_cast<std::size_t>(vocabulary * tensor.shape[1]), 0, 0.5F);
    }
    tiny.write(folder_);
    write_file_atomic(folder_ / "tokenizer.json", tokenizer_json().dump());
    decoder_ = std::make_unique<Decoder>(folder_, DecoderPrecision::kFp32);
  }
  void TearDown() override {
    decoder_.reset();
    TinyDecoderFiles::TearDown();
  }

  std::unique_ptr<Decoder> decoder_;

 private:
  // Bytes in the spelling of GPT-2, one merge chain to "the", one special token.
  static nlohmann::json tokenizer_json() {
    nlohmann::json vocabulary;
    int next = 256;
    for (int byte = 0; byte < 256; ++byte) {
      const bool printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
      vocabulary[utf8(printable ? byte : next++)] = byte;
    }
    vocabulary["the"] = ByteTokenizer::kThe;
    const nlohmann::json end = {{"id", ByteTokenizer::kEnd}, {"content", "<|im_end|>"}, {"special", true},
                                {"single_word", false},      {"lstrip", false},         {"rstrip", false},
                                {"normalized", false}};
    const nlohmann::json byte_level = {
        {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
    return {{"version", "1.0"},
            {"truncation", nullptr},
            {"padding", nullptr},
            {"added_tokens", nlohmann::json::array({end})},
            {"normalizer", nullptr},
            {"pre_tokenizer", byte_level},
            {"post_processor", nullptr},
            {"decoder", byte_level},
            {"model",
             {{"type", "BPE"},
              {"dropout", nullptr},
              {"unk_token", nullptr},
              {"continuing_subword_prefix", nullptr},
              {"end_of_word_suffix", nullptr},
              {"fuse_unk", false},
              {"byte_fallback", false},
              {"vocab", vocabulary},
              {"merges", nlohmann::json::array()}}}};
  }
  static std::string utf8(int code) {
    if (code < 0x80) return {static_cast<char>(code)};
    return {static_cast<char>(0xC0 | (code >> 6)), static_cast<char>(0x80 | (code & 0x3F))};
  }
};

}  // namespace genre
