#include "genre/lm/quantise.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/lm/tensor_source.h"
#include "genre/lm/tiny_decoder_test.h"

namespace genre {
namespace fs = std::filesystem;

class Quantisations : public TinyDecoderFiles {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  // One layer's worth of tensors with rows of 256 and of 64 elements, as GGUF.
  fs::path write_model(float largest = 0.1f) {
    RandomStream random(7, "quantise");
    std::vector<std::vector<float>> kept;
    GgufWriter writer;
    writer.set_text("general.architecture", "llama");
    for (const auto& [name, rows, cols] : {std::tuple{"token_embd.weight", 8, 256},
                                           {"blk.0.ffn_down.weight", 4, 256},
                                           {"blk.0.attn_q.weight", 4, 64},
                                           {"blk.1.attn_q.weight", 4, 64},
                                           {"blk.0.odd.weight", 2, 48},
                                           {"blk.0.attn_norm.weight", 1, 64}}) {
      auto& values = kept.emplace_back(rows * cols);
      for (auto& v : values) v = static_cast<float>(random.uniform() * 2 - 1) * largest;
      const std::vector<std::int64_t> shape =
          rows == 1 ? std::vector<std::int64_t>{cols} : std::vector<std::int64_t>{rows, cols};
      writer.add(name, BlockFormat::kF32, shape, std::as_bytes(std::span(values)));
    }
    writer.write(folder_ / "whole.gguf");
    return folder_ / "whole.gguf";
  }
  static BlockFormat format_of(const fs::path& path, const char* name) { return open_tensors(path)->at(name).format; }
};

TEST_F(Quantisations, ChooseAFormatByWhatATensorIs) {
  const fs::path from = write_model(), to = folder_ / "small.gguf";
  quantise_model(from, BlockFormat::kQ4_K, to);
  EXPECT_EQ(format_of(to, "blk.0.ffn_down.weight"), BlockFormat::kQ4_K);
  EXPECT_EQ(format_of(to, "blk.0.attn_q.weight"), BlockFormat::kQ4_1);
  EXPECT_EQ(format_of(to, "token_embd.weight"), BlockFormat::kQ8_0);
  EXPECT_EQ(format_of(to, "blk.0.odd.weight"), BlockFormat::kF32);
  EXPECT_EQ(format_of(to, "blk.0.attn_norm.weight"), BlockFormat::kF32);
  quantise_model(from, BlockFormat::kQ6_K, to);
  EXPECT_EQ(format_of(to, "blk.0.ffn_down.weight"), BlockFormat::kQ6_K);
  EXPECT_EQ(format_of(to, "blk.0.attn_q.weight"), BlockFormat::kQ8_0);
}

TEST_F(Quantisations, ReportTheErrorThatTheFilesShow) {
  const fs::path from = write_model(), to = folder_ / "small.gguf";
  const Quantisation done = quantise_model(from, BlockFormat::kQ4_0, to);
  const auto before = open_tensors(from), after = open_tensors(to);
  double sum = 0, error = 0;
  for (const char* name : {"blk.0.attn_q.weight", "blk.1.attn_q.weight"}) {
    const Matrix a = before->matrix(name, 4, 64), b = after->matrix(name, 4, 64);
    for (std::size_t i = 0; i < a.values().size(); ++i) {
      sum += a.values()[i] * a.values()[i];
      error += (a.values()[i] - b.values()[i]) * (a.values()[i] - b.values()[i]);
    }
  }
  const auto kind = std::ranges::find(done.kinds, "attn_q.weight", &QuantisedKind::kind);
  ASSERT_NE(kind, done.kinds.end());
  EXPECT_EQ(kind->tensors, 2);
  EXPECT_EQ(kind->format_before, "F32");
  EXPECT_EQ(kind->format_after, "Q4_0");
  EXPECT_EQ(kind->bytes_after, 2 * 4 * 2 * 18);
  EXPECT_NEAR(kind->relative_error, std::sqrt(error / sum), 1e-6);
  EXPECT_GT(kind->relative_error, 0.02);
  EXPECT_LT(kind->relative_error, 0.12);
  EXPECT_LT(done.bytes_after, done.bytes_before / 3);
}

TEST_F(Quantisations, ReadAFolderAsWell) {
  TinyDecoder::named("llama").write(folder_ / "llama");
  const Quantisation done = quantise_model(folder_ / "llama", BlockFormat::kQ8_0, folder_ / "small.gguf");
  EXPECT_EQ(done.architecture, "llama");
  EXPECT_LT(done.relative_error, 0.01);
  EXPECT_EQ(GgufFile(folder_ / "small.gguf").integer("general.file_type"), 7);
}

TEST_F(Quantisations, RefuseWhatTheFormatCannotHold) {
  const fs::path from = write_model(1e38f);
  try {
    quantise_model(from, BlockFormat::kQ8_0, folder_ / "small.gguf");
    ADD_FAILURE() << "accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kData);
  }
  EXPECT_FALSE(fs::exists(folder_ / "small.gguf"));
  EXPECT_THROW(quantise_model(from, BlockFormat::kQ8_0, from), Error);
}

}  // namespace genre
