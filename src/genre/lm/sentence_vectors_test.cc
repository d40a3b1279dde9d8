// Prompts, poolings, dense layers and normalisation against sentence-transformers
// (tests/golden/make_encoder_architectures_golden.py).
#include <gtest/gtest.h>
#include <unistd.h>

#include "genre/base/error.h"
#include "genre/lm/testing.h"
#include "genre/lm/text_encoder.h"

namespace genre {
namespace fs = std::filesystem;

class SentenceVectors : public testing::Test {
 protected:
  void write(const nlohmann::json& files) {
    fs::remove_all(folder_.path());
    for (const auto& [path, content] : files.items()) write_file_atomic(folder_.path() / path, content.dump());
    golden_.write_tokenizer(folder_.path());
    const auto& sentences = golden_.json().at("sentences");
    write_golden_weights(sentences.at("tensors"), folder_.path() / "model.safetensors");
    write_golden_weights(sentences.at("dense"), folder_.path() / "2_Dense/model.safetensors");
  }
  void expect_rows(const Matrix& found, const std::string& name) {
    const ConstMatrixView golden = golden_.output(name);
    ASSERT_EQ(found.rows(), golden.rows());
    ASSERT_EQ(found.cols(), golden.cols());
    for (std::int64_t i = 0; i < golden.rows(); ++i)
      for (std::int64_t d = 0; d < golden.cols(); ++d)
        ASSERT_NEAR(found.row(i)[d], golden.row(i)[d], 1e-5) << name << " " << i << " " << d;
  }

  GoldenModels golden_;
  TestFolder folder_{"sentence-vectors"};
  const std::vector<std::string> texts_ = golden_.json().at("texts").get<std::vector<std::string>>();
};

TEST_F(SentenceVectors, AgreeWithTheReferenceForEveryPoolingAndRole) {
  for (const auto& [name, files] : golden_.json().at("sentences").at("cases").items()) {
    write(files);
    const TextEncoder encoder(folder_.path(), {});
    EXPECT_EQ(encoder.dimension(), 20);
    expect_rows(encoder.encode(texts_, TextRole::kItem), name + "/items");
    expect_rows(encoder.encode(texts_, TextRole::kQuery), name + "/queries");
  }
}

TEST_F(SentenceVectors, ChangeWithThePromptAndSoDoesTheId) {
  const std::string name = "sentences/mean/with-prompt";
  write(golden_.json().at("sentences").at("cases").at(name));
  LmOptions options;
  options.item_prompt = "query";
  const TextEncoder swapped(folder_.path(), options);
  expect_rows(swapped.encode(texts_), name + "/queries");
  EXPECT_NE(swapped.id(), identify_encoder(folder_.path(), {}).id);
  options.item_prompt = "text:the passage: ";
  const TextEncoder spelled(folder_.path(), options);
  expect_rows(spelled.encode(texts_), name + "/items");
  EXPECT_EQ(spelled.id(), identify_encoder(folder_.path(), {}).id);
  options.item_prompt = "text:" + std::string(100, 'x');
  EXPECT_THROW(TextEncoder(folder_.path(), options), Error);
}

}  // namespace genre
