#include "genre/track/model_card.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <limits>

#include "genre/base/file.h"
#include "genre/config/toml.h"

namespace genre {
namespace fs = std::filesystem;

class ModelCard : public testing::Test {
 protected:
  fs::path folder_ = fs::path(testing::TempDir()) / ("model_card_test-" + std::to_string(getpid()));
  TrainingSubject subject_ = {
      .task = "classify",
      .base = {"sentence-transformers/all-MiniLM-L6-v2", "Apache-2.0"},
      .sources = {"a|b.csv"},
      .examples = {{"train", 80}, {"valid", 10}, {"test", 12}},
      .labels = 2,
      .mean_tokens = 30.6,
      .maximum_tokens = 128,
      .metric = "accuracy",
      .steps = 9,
      .configuration = config::parse_toml("seed = 7\n[lm]\nmodel = \"models/a\"\n[finetune]\nmetric = \"\"\n", "x")};
  std::vector<MetricLine> metrics_ = {
      {.step = 3, .split = "valid", .name = "accuracy", .value = 0.5},
      {.step = 6, .split = "valid", .name = "accuracy", .value = 0.75},
      {.step = 6, .split = "valid", .name = "loss", .value = std::numeric_limits<double>::quiet_NaN()},
      {.step = 6, .split = "test", .name = "accuracy", .value = 0.625}};

  void SetUp() override { write_file_atomic(folder_ / "config.json", R"({"id2label": {"1": "good", "0": "<bad>"}})"); }
  void TearDown() override { fs::remove_all(folder_); }
  std::string card() const { return model_card("run-1", subject_, metrics_, {.best_step = 6, .steps = 9}, folder_); }
};

TEST_F(ModelCard, FrontMatterHasBaseLicenceTaskAndTheTestPart) {
  const std::string text = card();
  EXPECT_TRUE(text.starts_with("---\n")) << text;
  for (const char* line : {"library_name: transformers", "base_model: \"sentence-transformers/all-MiniLM-L6-v2\"",
                           "license: \"apache-2.0\"", "pipeline_tag: text-classification",
                           "    - type: \"accuracy\"\n      value: 0.625\n---"})
    EXPECT_NE(text.find("\n" + std::string(line) + "\n"), std::string::npos) << line << " in\n" << text;
}

TEST_F(ModelCard, SaysWhatWasMeasuredOfTheWeightsThatWereKept) {
  const std::string text = card();
  EXPECT_NE(text.find("step 6 of 9"), std::string::npos);
  EXPECT_NE(text.find("| accuracy | 0.75 | 0.625 |"), std::string::npos) << text;
  EXPECT_EQ(text.find("loss"), std::string::npos) << "not measured";
  EXPECT_NE(text.find("Labels: \\<bad\\>, good."), std::string::npos) << text;
  EXPECT_NE(text.find("a\\|b.csv: 80 examples to train on, 10 to choose the weights by, 12 to test on"),
            std::string::npos);
  EXPECT_NE(text.find("| seed | 7 |"), std::string::npos);
  EXPECT_EQ(text.find("models/a"), std::string::npos) << "a folder of this machine";
}

TEST_F(ModelCard, ClaimsNothingWithoutAMeasurement) {
  metrics_.clear();
  subject_.base.licence.clear();
  const std::string text = card();
  EXPECT_EQ(text.find("model-index"), std::string::npos);
  EXPECT_EQ(text.find("license"), std::string::npos);
  EXPECT_NE(text.find("None: neither part had examples."), std::string::npos);
}

TEST_F(ModelCard, EveryTaskNamesItsUse) {
  for (const auto& [task, command] :
       {std::pair{"multi_label", "lm classify"}, std::pair{"regress", "lm classify"}, std::pair{"rank", "lm rank"},
        std::pair{"contrastive", "lm embed"}, std::pair{"masked_lm", "lm embed"}, std::pair{"causal_lm", "lm generate"},
        std::pair{"instruct", "lm generate"}}) {
    subject_.task = task;
    EXPECT_NE(card().find(command), std::string::npos) << task;
  }
}

TEST_F(ModelCard, TheLicenceOfABaseIsWhatItsOwnCardSays) {
  EXPECT_EQ(licence_of_card(folder_), "");
  write_file_atomic(folder_ / "README.md", "---\nlanguage: en\nlicense: \"mit\"\r\n---\nlicense: other\n");
  EXPECT_EQ(licence_of_card(folder_), "mit");
  write_file_atomic(folder_ / "README.md", "---\nlanguage: en\n---\nlicense: other\n");
  EXPECT_EQ(licence_of_card(folder_), "");
  write_file_atomic(folder_ / "README.md", "# A model\nlicense: other\n");
  EXPECT_EQ(licence_of_card(folder_), "");
}

}  // namespace genre
