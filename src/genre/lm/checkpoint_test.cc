#include "genre/lm/checkpoint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "genre/base/error.h"
#include "genre/lm/testing.h"
#include "genre/nn/blocks.h"

namespace genre {
namespace fs = std::filesystem;

class Checkpoints : public testing::Test {
 protected:
  void SetUp() override {
    SafetensorsWriter writer;
    writer.add<float>("matrix", values_, {3, 4});
    writer.add<float>("vector", std::span(values_).first(4), {4});
    for (std::size_t i = 0; i < halves_.size(); ++i) halves_[i] = nn::to_half(values_[i]);
    writer.add_bytes("half", DType::kF16, {3, 4}, std::as_bytes(std::span(halves_)));
    writer.write(path() / "model.safetensors");
  }
  const fs::path& path() const { return folder_.path(); }
  static std::vector<float> elements(const Matrix& matrix) { return {matrix.values().begin(), matrix.values().end()}; }

  TestFolder folder_{"checkpoint"};
  std::array<float, 12> values_ = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  std::array<std::uint16_t, 12> halves_{};
};

TEST_F(Checkpoints, KeepRowsAndColumnsInTheOrderGiven) {
  Checkpoint checkpoint(path());
  EXPECT_EQ(checkpoint.parameters(), 28);
  EXPECT_EQ(checkpoint.bytes(), 12 * 4 + 4 * 4 + 12 * 2);
  for (const char* name : {"matrix", "half"}) {
    checkpoint.keep_rows(name, std::array{2, 0});
    checkpoint.keep_columns(name, std::array{3, 1, 0});
  }
  checkpoint.keep_rows("vector", std::array{1, 2});
  checkpoint.rename("vector", "moved");
  checkpoint.write(path() / "again.safetensors");
  const auto again = open_tensors(path() / "again.safetensors");
  EXPECT_EQ(again->names(), (std::vector<std::string>{"half", "matrix", "moved"}));
  EXPECT_EQ(again->at("half").format, BlockFormat::kF16);
  for (const char* name : {"matrix", "half"})
    EXPECT_EQ(elements(again->matrix(name, 2, 3)), (std::vector<float>{11, 9, 8, 3, 1, 0})) << name;
  EXPECT_EQ(again->vector("moved", 2), (std::vector<float>{1, 2}));
}

TEST_F(Checkpoints, AssignedElementsTakeTheFormatOfTheTensor) {
  Checkpoint checkpoint(path());
  Matrix values = checkpoint.matrix("half");
  values.row(0)[0] = 1.0F + 1.0F / 4096;  // not a half
  checkpoint.assign("half", values);
  EXPECT_EQ(checkpoint.matrix("half").row(0)[0], 1.0F);
  EXPECT_EQ(checkpoint.matrix("half").row(2)[3], 11.0F);
}

TEST_F(Checkpoints, AMissingTensorIsNamed) {
  Checkpoint checkpoint(path());
  try {
    checkpoint.keep_rows("matrxi", std::array{0});
    ADD_FAILURE();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kData);
    EXPECT_NE(e.hint().find("matrix"), std::string::npos);
  }
}

TEST_F(Checkpoints, AFolderIsCopiedWithoutItsWeights) {
  for (const char* name : {"config.json", "pytorch_model.bin", "onnx/model.onnx", "1_Pooling/config.json",
                           "2_Dense/model.safetensors", "model.safetensors.index.json", ".hidden"})
    write_file_atomic(path() / name, "x");
  const TestFolder other("checkpoint-copy");
  copy_without_weights(path(), path(), other.path() / "to");
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(other.path() / "to"))
    if (entry.is_regular_file()) found.push_back(entry.path().lexically_relative(other.path() / "to").generic_string());
  std::ranges::sort(found);
  EXPECT_EQ(found, (std::vector<std::string>{"1_Pooling/config.json", "2_Dense/model.safetensors", "config.json"}));
}

}  // namespace genre
