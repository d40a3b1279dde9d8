#include "genre/torch/hidden_teacher.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "genre/base/error.h"
#include "genre/lm/sentence_config.h"
#include "genre/lm/testing.h"

namespace genre::trainer {
namespace {

class HiddenTeacherTest : public testing::Test {
 protected:
  void SetUp() override {
    GoldenModels().write(GoldenModels().json().at("architectures").at("bert-tanh-gelu"), folder_.path());
    config_ = read_sentence_config(folder_.path()).encoder;
  }
  // The states behind every layer of `encoder`.
  static std::vector<torch::Tensor> states(const Encoder& encoder, const PackedBatch& batch) {
    std::vector<torch::Tensor> out;
    torch::Tensor x = encoder.embed(batch, {});
    for (int layer = 0; layer < encoder.layers(); ++layer)
      out.push_back(x = encoder.run(x, batch, layer, layer + 1, {}));
    return out;
  }
  TestFolder folder_{"hidden-teacher"};
  EncoderConfig config_;
  const std::vector<std::string> texts_ = {"red lipstick", "a robot movie"};
};

TEST_F(HiddenTeacherTest, IsNoDistanceFromItself) {
  Parameters parameters;
  const Encoder encoder(config_, parameters);
  const auto tokenizer = load_tokenizer(config_.folder);
  const HiddenTeacher teacher(folder_.path(), encoder, *tokenizer, texts_);
  const std::vector<std::vector<std::int32_t>> ids = {tokenizer->encode(texts_[0], 32),
                                                      tokenizer->encode(texts_[1], 32)};
  const std::vector<std::span<const std::int32_t>> spans(ids.begin(), ids.end());
  const PackedBatch batch = pack(spans);
  std::vector<torch::Tensor> own = states(encoder, batch);
  ASSERT_EQ(own.size(), 2u);
  EXPECT_EQ(teacher.distance(own, batch).item<double>(), 0);
  // One layer twice as large is as far away as the teacher's is from zero: half of the mean of two.
  own[0] = own[0] * 2;
  EXPECT_NEAR(teacher.distance(own, batch).item<double>(), 0.5, 1e-6);
  // Behind a frozen layer the last one alone is compared.
  EXPECT_EQ(teacher.distance(std::span(own).subspan(1), batch).item<double>(), 0);
}

TEST_F(HiddenTeacherTest, ASmallerModelFollowsTheLayersAtTheSameDepth) {
  Parameters parameters;
  EncoderConfig half = config_;
  half.layers = 1;
  const Encoder student(half, parameters);
  const auto tokenizer = load_tokenizer(config_.folder);
  const HiddenTeacher teacher(folder_.path(), student, *tokenizer, texts_);
  const std::vector<std::int32_t> ids = tokenizer->encode(texts_[0], 32);
  const PackedBatch batch = pack(std::vector<std::span<const std::int32_t>>{ids});
  Parameters whole;
  const Encoder same(config_, whole);
  EXPECT_NEAR(teacher.distance(std::vector{states(same, batch)[1]}, batch).item<double>(), 0, 1e-12);
  EXPECT_GT(teacher.distance(std::vector{states(same, batch)[0]}, batch).item<double>(), 1e-3);
}

TEST_F(HiddenTeacherTest, RefusesATeacherThatIsNoLarger) {
  const auto tokenizer = load_tokenizer(config_.folder);
  Parameters parameters;
  const Encoder encoder(config_, parameters);
  const TestFolder small("small-teacher");
  auto model = GoldenModels().json().at("architectures").at("bert-tanh-gelu");
  model["config"]["num_hidden_layers"] = 1;
  GoldenModels().write(model, small.path());
  EXPECT_THROW(HiddenTeacher(small.path(), encoder, *tokenizer, texts_), Error);
}

}  // namespace
}  // namespace genre::trainer
