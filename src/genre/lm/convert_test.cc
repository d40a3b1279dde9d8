#include "genre/lm/convert.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "genre/base/error.h"
#include "genre/lm/decoder.h"
#include "genre/lm/gguf_model.h"
#include "genre/lm/tensor_source.h"
#include "genre/lm/tiny_decoder_test.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr const char* kByteLevel = R"({"version":"1.0","added_tokens":[{"id":0,"content":"<|end|>","single_word":false,
  "lstrip":false,"rstrip":false,"normalized":false,"special":true}],"normalizer":null,
  "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},
  "post_processor":null,"decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true},
  "model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,"end_of_word_suffix":null,
  "fuse_unk":false,"byte_fallback":false,"vocab":{"<|end|>":0,"a":1,"t":2,"at":3},"merges":["a t"]}})";

class Conversions : public TinyDecoderFiles {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  static Matrix logits_of(const fs::path& path, const TinyDecoder& tiny) {
    const Decoder decoder(path, DecoderPrecision::kFp32);
    KvCache cache(decoder.config());
    const DecoderSlice slice{&cache, tiny.ids, static_cast<int>(tiny.ids.size())};
    return decoder.forward({&slice, 1});
  }
  static void expect_same_tensors(const fs::path& a, const fs::path& b) {
    const auto left = open_tensors(a), right = open_tensors(b);
    ASSERT_EQ(left->names(), right->names());
    for (const auto& name : left->names()) {
      EXPECT_EQ(left->at(name).shape, right->at(name).shape) << name;
      EXPECT_TRUE(std::ranges::equal(left->at(name).bytes, right->at(name).bytes)) << name;
    }
  }
  static ErrorCode code_of(const auto& call) {
    try {
      call();
    } catch (const Error& e) {
      return e.code();
    }
    ADD_FAILURE() << "no error";
    return ErrorCode::kRuntime;
  }
};

}  // namespace

TEST_F(Conversions, OfADecoderKeepItsLogitsAndComeBackTheSame) {
  for (const char* name : {"llama", "qwen2", "qwen3", "gpt2"}) {
    const TinyDecoder tiny = TinyDecoder::named(name);
    const fs::path folder = folder_ / name, gguf = folder_ / (std::string(name) + ".gguf"),
                   back = folder_ / (std::string(name) + "-back");
    tiny.write(folder);
    write_file_atomic(folder / "tokenizer.json", kByteLevel);
    const Conversion done = convert_model(folder, gguf);
    EXPECT_EQ(done.architecture, name);
    EXPECT_EQ(done.tensors, std::ssize(open_tensors(gguf)->names()));
    const Matrix wanted = logits_of(folder, tiny), found = logits_of(gguf, tiny);
    ASSERT_TRUE(std::ranges::equal(found.values(), wanted.values())) << name;
    convert_model(gguf, back);
    expect_same_tensors(folder, back);
    EXPECT_EQ(read_file(back / "config.json"), read_file(folder / "config.json"));
    EXPECT_EQ(read_file(back / "tokenizer.json"), kByteLevel);
  }
}

TEST_F(Conversions, OfAForeignGgufFileWriteConfigurationAndTokenizer) {
  for (const char* name : {"llama", "qwen2", "qwen3", "gpt2"}) {
    const TinyDecoder tiny = TinyDecoder::named(name);
    const fs::path folder = folder_ / name, gguf = folder_ / (std::string(name) + ".gguf"),
                   plain = folder_ / (std::string(name) + "-plain.gguf"),
                   back = folder_ / (std::string(name) + "-back");
    tiny.write(folder);
    write_file_atomic(folder / "tokenizer.json", kByteLevel);
    convert_model(folder, gguf);
    // Without what only we write.
    const GgufFile file(gguf);
    GgufWriter writer;
    for (const auto& [key, unused] : file.metadata())
      if (!key.starts_with("genre.") && key != "tokenizer.huggingface.json") writer.set_encoded(key, file.encoded(key));
    for (const auto& [tensor_name, tensor] : file.tensors())
      writer.add(tensor_name, tensor.format, tensor.shape, tensor.bytes);
    writer.write(plain);
    convert_model(plain, back);
    const Matrix wanted = logits_of(folder, tiny), found = logits_of(back, tiny);
    ASSERT_TRUE(std::ranges::equal(found.values(), wanted.values())) << name;
    EXPECT_EQ(load_tokenizer(back)->encode("at", 0), load_tokenizer(folder)->encode("at", 0));
  }
}

TEST_F(Conversions, ToHalvesChangeMatricesOnly) {
  TinyDecoder::named("llama").write(folder_ / "llama");
  convert_model(folder_ / "llama", folder_ / "half.gguf", BlockFormat::kF16);
  const auto tensors = open_tensors(folder_ / "half.gguf");
  EXPECT_EQ(tensors->at("blk.0.attn_q.weight").format, BlockFormat::kF16);
  EXPECT_EQ(tensors->at("blk.0.attn_norm.weight").format, BlockFormat::kF32);
}

TEST_F(Conversions, RefuseWhatIsInTheWayOrNotKnown) {
  TinyDecoder::named("llama").write(folder_ / "llama");
  convert_model(folder_ / "llama", folder_ / "x.gguf");
  const auto code = [&](const char* from, const char* to) {
    return code_of([&] { convert_model(folder_ / from, folder_ / to); });
  };
  EXPECT_EQ(code("x.gguf", "x.gguf"), ErrorCode::kConfig);
  EXPECT_EQ(code("x.gguf", "llama"), ErrorCode::kConfig);
  EXPECT_EQ(code("llama", "other"), ErrorCode::kConfig);
  EXPECT_EQ(code("absent", "y.gguf"), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { convert_model(folder_ / "llama", folder_ / "y.gguf", BlockFormat::kQ8_0); }),
            ErrorCode::kConfig);
  for (const char* config : {"", "[]", "{}", R"({"model_type":"t5"})", R"({"model_type":"llama"})",
                             R"({"model_type":"llama","num_attention_heads":0,"hidden_size":8})"}) {
    write_file_atomic(folder_ / "llama/config.json", config);
    EXPECT_EQ(code("llama", "y.gguf"), ErrorCode::kData) << config;
  }
  EXPECT_FALSE(fs::exists(folder_ / "y.gguf"));
}

TEST(PairOrders, AreEachOthersInverse) {
  std::vector<std::byte> rows(2 * 6 * 3);  // two heads of six rows of three bytes
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::byte>(i);
  const auto there = reordered_pairs(rows, 12, 2, PairOrder::kToInterleaved);
  EXPECT_EQ(there[3], rows[3 * 3]);  // the second row is the partner of the first, half a head away
  EXPECT_EQ(reordered_pairs(there, 12, 2, PairOrder::kToHalves), rows);
  EXPECT_EQ(transposed(transposed(rows, 4, 3, 3), 3, 4, 3), rows);
}

}  // namespace genre
