// Every encoder architecture against transformers (tests/golden/make_encoder_architectures_golden.py).
#include "genre/lm/encoder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/lm/testing.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

// Within 1e-4 and 1e-5 cosine distance of the reference.
void expect_same(std::span<const float> found, std::span<const float> golden, const std::string& where) {
  ASSERT_EQ(found.size(), golden.size());
  double dot = 0, ff = 0, gg = 0;
  for (std::size_t d = 0; d < found.size(); ++d) {
    ASSERT_NEAR(found[d], golden[d], 1e-4) << where << " " << d;
    dot += double{found[d]} * golden[d], ff += double{found[d]} * found[d], gg += double{golden[d]} * golden[d];
  }
  EXPECT_LT(1 - dot / std::sqrt(ff * gg), 1e-5) << where;
}

PackedTokens pack(const nlohmann::json& ids, const nlohmann::json& segments) {
  PackedTokens out;
  for (std::size_t b = 0; b < ids.size(); ++b) {
    for (const auto& id : ids[b]) out.ids.push_back(id.get<std::int32_t>());
    for (const auto& segment : segments[b]) out.segments.push_back(segment.get<std::int32_t>());
    out.offsets.push_back(static_cast<std::int32_t>(out.ids.size()));
  }
  return out;
}

class EncoderArchitectures : public testing::TestWithParam<std::string> {
 protected:
  EncoderArchitectures() : model_(golden_.json().at("architectures").at(GetParam())) {
    golden_.write(model_, folder_.path());
  }
  Encoder encoder() const { return {read_encoder_config(folder_.path()), EncoderPrecision::kFp32}; }

  GoldenModels golden_;
  TestFolder folder_{"encoder-" + GetParam()};
  const nlohmann::json& model_;
};

TEST_P(EncoderArchitectures, GiveTheStatesOfTheReference) {
  const Matrix states = encoder().states(pack(model_.at("ids"), model_.at("segments")));
  const ConstMatrixView golden = golden_.output(GetParam() + "/states");
  ASSERT_EQ(states.rows(), golden.rows());
  for (std::int64_t t = 0; t < golden.rows(); ++t)
    expect_same(states.row(t), golden.row(t), GetParam() + " token " + std::to_string(t));
}

TEST_P(EncoderArchitectures, GiveASequenceTheSameBitsAloneAndPacked) {
  const Encoder model = encoder();
  const PackedTokens all = pack(model_.at("ids"), model_.at("segments"));
  const Matrix together = model.states(all);
  for (std::size_t b = 0; b + 1 < all.offsets.size(); ++b) {
    const Matrix alone = model.states(
        pack(nlohmann::json::array({model_.at("ids")[b]}), nlohmann::json::array({model_.at("segments")[b]})));
    for (std::int64_t t = 0; t < alone.rows(); ++t)
      ASSERT_TRUE(std::ranges::equal(alone.row(t), together.row(all.offsets[b] + t))) << b << " " << t;
  }
}

TEST_P(EncoderArchitectures, RefuseEveryMissingOrWrongTensorByName) {
  const auto names = *encoder().config().architecture;
  nlohmann::json shapes = model_.at("tensors");
  for (const auto& [name, shape] : model_.at("tensors").items()) {
    // Heads and poolers are no part of the encoder.
    if (!name.starts_with(names.prefix) || name.find("pooler") != std::string::npos) continue;
    nlohmann::json without = shapes, other = shapes;
    without.erase(name);
    other[name].back() = shape.back().get<int>() + 1;
    for (const auto& damaged : {without, other}) {
      write_golden_weights(damaged, folder_.path() / "model.safetensors");
      try {
        encoder();
        ADD_FAILURE() << "accepted without " << name;
      } catch (const Error& e) {
        EXPECT_EQ(e.code(), ErrorCode::kData);
        EXPECT_NE((e.message() + e.hint()).find(name.substr(names.prefix.size())), std::string::npos) << e.message();
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, EncoderArchitectures,
                         testing::Values("bert", "bert-tanh-gelu", "roberta", "xlm-roberta", "electra", "distilbert",
                                         "mpnet", "modernbert", "modernbert-biases", "modernbert-scaled", "new",
                                         "new-mixed", "new-unscaled"),
                         [](const auto& of) {
                           std::string name = of.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace genre
