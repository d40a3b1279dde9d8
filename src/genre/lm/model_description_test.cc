#include "genre/lm/model_description.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/gguf_writer.h"
#include "genre/base/safetensors.h"

namespace genre {
namespace fs = std::filesystem;

class ModelDescriptions : public testing::Test {
 protected:
  fs::path folder_ = fs::path(testing::TempDir()) / ("description-" + std::to_string(getpid()));
  std::vector<float> table_ = std::vector<float>(4 * 64, 1.0f), norm_ = std::vector<float>(64, 1.0f);
  void TearDown() override { fs::remove_all(folder_); }
  static std::int64_t size(const ModelDescription& model, std::string_view name) {
    for (const auto& [key, value] : model.shape)
      if (key == name) return value;
    return -1;
  }
};

TEST_F(ModelDescriptions, OfAFolderComeFromItsConfiguration) {
  SafetensorsWriter writer;
  writer.add<float>("model.embed_tokens.weight", table_, {4, 64});
  writer.add<float>("model.norm.weight", norm_, {64});
  writer.write(folder_ / "model.safetensors");
  write_file_atomic(folder_ / "config.json", R"({"model_type":"llama","num_hidden_layers":2,"hidden_size":64,
      "num_attention_heads":4,"num_key_value_heads":2,"vocab_size":4,"max_position_embeddings":128})");
  write_file_atomic(folder_ / "README.md", "---\nlanguage: en\nlicense: mit\n---\nlicense: other\n");
  const auto model = describe_model(folder_);
  EXPECT_EQ(model.architecture, "llama");
  EXPECT_EQ(model.licence, "mit");
  EXPECT_EQ(size(model, "layers"), 2);
  EXPECT_EQ(size(model, "positions"), 128);
  EXPECT_EQ(size(model, "intermediate"), -1);
  EXPECT_EQ(model.parameters, 5 * 64);
  EXPECT_EQ(model.fp32_bytes, 4 * 5 * 64);
  EXPECT_EQ(model.integer_bytes, 4 * 2 * 34 + 4 * 64);
  EXPECT_EQ(model.cache_bytes_per_position, 2 * 4 * 2 * 2 * 16);
  EXPECT_EQ(model.formats.at("F32").tensors, 2);
  EXPECT_EQ(model.files.size(), 2u);
}

TEST_F(ModelDescriptions, OfAGgufFileComeFromItsMetadata) {
  const std::vector<std::byte> blocks(4 * 2 * 20);
  GgufWriter writer;
  writer.set_text("general.architecture", "qwen2");
  writer.set_text("general.license", "apache-2.0");
  writer.set_integer("qwen2.block_count", 3);
  writer.set_texts("tokenizer.ggml.tokens", std::vector<std::string>{"a", "b", "c", "d"});
  writer.add("token_embd.weight", BlockFormat::kQ4_1, {4, 64}, blocks);
  writer.add("output_norm.weight", BlockFormat::kF32, {64}, std::as_bytes(std::span(norm_)));
  writer.write(folder_ / "x.gguf");
  const auto model = describe_model(folder_);
  EXPECT_EQ(model.architecture, "qwen2");
  EXPECT_EQ(model.licence, "apache-2.0");
  EXPECT_EQ(size(model, "layers"), 3);
  EXPECT_EQ(size(model, "vocabulary"), 4);
  EXPECT_EQ(model.weight_bytes, 160 + 256);
  EXPECT_EQ(model.integer_bytes, 160 + 256);
  EXPECT_EQ(model.formats.at("Q4_1").parameters, 256);
  EXPECT_THROW(describe_model(folder_ / "absent.gguf"), Error);
}

}  // namespace genre
