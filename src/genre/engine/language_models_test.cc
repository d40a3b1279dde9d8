#include "genre/engine/language_models.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/lm/testing.h"
#include "genre/lm/text_classifier.h"

namespace genre {
namespace {

class LanguageModelsTest : public testing::Test {
 protected:
  void SetUp() override { golden_.write(golden_.json().at("heads").at("models").at("labels"), folder_.path()); }
  std::shared_ptr<const LabelsTexts> open() const { return language_models()->classifier(folder_.path().string()); }

  GoldenModels golden_;
  TestFolder folder_{"language-models"};
};

TEST_F(LanguageModelsTest, AClassifierSaysWhatItSaysOnItsOwn) {
  const std::vector<std::string> texts = {"the quick brown fox", "a film"};
  const auto opened = open();
  const TextClassifier alone(folder_.path(), {});
  EXPECT_EQ(opened->labels(), alone.labels());
  const Matrix found = opened->probabilities(texts), wanted = alone.probabilities(texts);
  ASSERT_EQ(found.rows(), 2);
  for (std::int64_t r = 0; r < 2; ++r)
    for (std::int64_t c = 0; c < found.cols(); ++c) EXPECT_EQ(found.row(r)[c], wanted.row(r)[c]);
}

TEST_F(LanguageModelsTest, WhoAsksTwiceGetsOneObject) { EXPECT_EQ(open(), open()); }

TEST_F(LanguageModelsTest, ItsNameOpensItFromAnywhere) {
  const auto relative = std::filesystem::relative(folder_.path());
  const auto opened = language_models()->classifier(relative.string());
  EXPECT_EQ(opened->name(), folder_.path().string());
  EXPECT_EQ(language_models()->classifier(opened->name())->id(), opened->id());
}

TEST_F(LanguageModelsTest, AnotherFileIsAnotherModel) {
  const std::string before = open()->id();
  EXPECT_EQ(open()->id(), before);
  const auto tokenizer = folder_.path() / "tokenizer_config.json";
  write_file_atomic(tokenizer, std::filesystem::exists(tokenizer) ? read_file(tokenizer) + "\n" : "{}\n");
  EXPECT_NE(open()->id(), before);
}

TEST_F(LanguageModelsTest, AModelThatIsNotThereIsSaid) {
  try {
    language_models()->classifier("no-such-model");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  }
}

}  // namespace
}  // namespace genre
