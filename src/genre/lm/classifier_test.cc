// Logits, scores of pairs and probabilities of labels against transformers and sentence-transformers
// (tests/golden/make_encoder_architectures_golden.py).
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <map>
#include <numeric>

#include "genre/base/error.h"
#include "genre/lm/classifier_head.h"
#include "genre/lm/cross_encoder.h"
#include "genre/lm/testing.h"
#include "genre/lm/text_classifier.h"

namespace genre {

class Classifiers : public testing::Test {
 protected:
  const nlohmann::json& head(const std::string& name) const { return golden_.json().at("heads").at("models").at(name); }
  void expect_refused(const std::string& part, const std::function<void()>& load, ErrorCode code = ErrorCode::kData) {
    try {
      load();
      ADD_FAILURE() << "accepted: " << part;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), code) << e.what();
      EXPECT_NE(e.message().find(part), std::string::npos) << e.message();
    }
  }

  GoldenModels golden_;
  TestFolder folder_{"classifier"};
  const std::vector<std::string> texts_ = golden_.json().at("texts").get<std::vector<std::string>>();
};

TEST_F(Classifiers, OfEveryArchitectureGiveTheLogitsOfTheReference) {
  for (const auto& [name, model] : golden_.json().at("architectures").items()) {
    golden_.write(model, folder_.path());
    const ClassifierModel classifier(read_classifier_config(folder_.path()), EncoderPrecision::kFp32);
    PackedTokens tokens;
    for (std::size_t b = 0; b < model.at("ids").size(); ++b) {
      for (const auto& id : model.at("ids")[b]) tokens.ids.push_back(id.get<std::int32_t>());
      for (const auto& segment : model.at("segments")[b]) tokens.segments.push_back(segment.get<std::int32_t>());
      tokens.offsets.push_back(static_cast<std::int32_t>(tokens.ids.size()));
    }
    const Matrix found = classifier.logits(tokens);
    const ConstMatrixView golden = golden_.output(name + "/logits");
    ASSERT_EQ(found.rows(), golden.rows());
    ASSERT_EQ(found.cols(), golden.cols());
    for (std::int64_t b = 0; b < found.rows(); ++b)
      for (std::int64_t l = 0; l < found.cols(); ++l)
        EXPECT_NEAR(found.row(b)[l], golden.row(b)[l], 1e-4) << name << " " << b;
  }
}

TEST_F(Classifiers, ScorePairsAsTheReference) {
  const auto& pairs = golden_.json().at("heads").at("pairs");
  for (const char* const name : {"scorer", "scorer-identity", "scorer-old", "scorer-modern"}) {
    golden_.write(head(name), folder_.path());
    const CrossEncoder encoder(folder_.path(), {});
    const ConstMatrixView golden = golden_.output(std::string(name) + "/scores");
    for (std::size_t first = 0; first < pairs.size(); first += texts_.size()) {
      const auto found = encoder.scores(pairs[first][0].get<std::string>(), texts_);
      for (std::size_t i = 0; i < found.size(); ++i)
        EXPECT_NEAR(found[i], golden.row(static_cast<std::int64_t>(first + i))[0], 1e-5) << name << " " << texts_[i];
    }
  }
}

// How far scores of the small models lie from those of fp32, whose own distance to the reference is 1e-5.
TEST_F(Classifiers, InEveryPrecisionAreNearTheReference) {
  const std::map<std::string, float> bounds = {{"bf16", 0.01F}, {"int8", 0.03F}};
  for (const auto& [precision, bound] : bounds) {
    golden_.write(head("scorer"), folder_.path());
    const CrossEncoder scorer(folder_.path(), {.precision = precision});
    const ConstMatrixView scores = golden_.output("scorer/scores");
    const auto found = scorer.scores(golden_.json().at("heads").at("pairs")[0][0].get<std::string>(), texts_);
    float worst = 0;
    for (std::size_t i = 0; i < found.size(); ++i)
      worst = std::max(worst, std::abs(found[i] - scores.row(static_cast<std::int64_t>(i))[0]));
    golden_.write(head("labels"), folder_.path());
    const Matrix probabilities = TextClassifier(folder_.path(), {.precision = precision}).probabilities(texts_);
    const ConstMatrixView golden = golden_.output("labels/probabilities");
    for (std::int64_t i = 0; i < probabilities.rows(); ++i)
      for (std::int64_t l = 0; l < probabilities.cols(); ++l)
        worst = std::max(worst, std::abs(probabilities.row(i)[l] - golden.row(i)[l]));
    EXPECT_LT(worst, bound) << precision;
    EXPECT_GT(worst, 1e-5F) << precision << " computes as fp32";
    RecordProperty("worst_" + precision, std::to_string(worst));
  }
  expect_refused(
      "precision is 'fp8'", [&] { TextClassifier(folder_.path(), {.precision = "fp8"}); }, ErrorCode::kConfig);
  expect_refused(
      "precision is 'fp8'", [&] { CrossEncoder(folder_.path(), {.precision = "fp8"}); }, ErrorCode::kConfig);
}

TEST_F(Classifiers, ScoreLongTextsUpToTheLimit) {
  golden_.write(head("scorer"), folder_.path());
  const CrossEncoder encoder(folder_.path(), {});
  const std::string words = std::string(100, 'a') + " b";
  std::string many;
  for (int i = 0; i < 5000; ++i) many += "red ";
  const auto scores = encoder.scores("red", std::vector<std::string>{many, many + "robot", words});
  EXPECT_EQ(scores[0], scores[1]);
  EXPECT_TRUE(std::isfinite(scores[2]));
  EXPECT_TRUE(encoder.scores("red", {}).empty());
}

TEST_F(Classifiers, GiveProbabilitiesAsTheReference) {
  for (const char* const name : {"labels", "many-labels"}) {
    golden_.write(head(name), folder_.path());
    const TextClassifier classifier(folder_.path(), {});
    EXPECT_EQ(classifier.multi_label(), name == std::string("many-labels"));
    const Matrix found = classifier.probabilities(texts_);
    const ConstMatrixView golden = golden_.output(std::string(name) + "/probabilities");
    ASSERT_EQ(found.rows(), golden.rows());
    ASSERT_EQ(found.cols(), golden.cols());
    for (std::int64_t i = 0; i < found.rows(); ++i) {
      for (std::int64_t l = 0; l < found.cols(); ++l)
        EXPECT_NEAR(found.row(i)[l], golden.row(i)[l], 1e-5) << name << " " << i << " " << l;
      if (!classifier.multi_label()) {
        EXPECT_NEAR(std::accumulate(found.row(i).begin(), found.row(i).end(), 0.0), 1, 1e-6);
      }
    }
  }
  golden_.write(head("labels"), folder_.path());
  EXPECT_EQ(TextClassifier(folder_.path(), {}).labels(), (std::vector<std::string>{"bad", "fair", "good"}));
}

TEST_F(Classifiers, RefuseWhatTheyCannotUse) {
  golden_.write(head("labels"), folder_.path());
  expect_refused("3 labels", [&] { CrossEncoder(folder_.path(), {}); });
  expect_refused(
      "limit of 4", [&] { TextClassifier(folder_.path(), {.maximum_tokens = 4}); }, ErrorCode::kConfig);
  expect_refused(
      "limit of 41", [&] { TextClassifier(folder_.path(), {.maximum_tokens = 41}); }, ErrorCode::kConfig);
  nlohmann::json model = head("scorer");
  model["tensors"].erase("classifier.weight");
  golden_.write(model, folder_.path());
  expect_refused("classifier.weight", [&] { CrossEncoder(folder_.path(), {}); });
  expect_refused("no head", [&] { TextClassifier(folder_.path(), {}); });  // as a plain encoder has none
  model = head("scorer");
  model["config"]["sentence_transformers"] = {{"activation_fn", "torch.nn.modules.activation.ELU"}};
  golden_.write(model, folder_.path());
  expect_refused("ELU", [&] { CrossEncoder(folder_.path(), {}); });
  for (const char* const labels : {R"({"1": "a"})", R"({"0": 1})", "{}", R"(["a"])"}) {
    model = head("scorer");
    model["config"]["id2label"] = nlohmann::json::parse(labels);
    golden_.write(model, folder_.path());
    expect_refused("id2label", [&] { TextClassifier(folder_.path(), {}); });
  }
  model = head("scorer");
  model["config"]["vocab_size"] = 99;
  model["tensors"]["bert.embeddings.word_embeddings.weight"] = {99, 32};
  golden_.write(model, folder_.path());
  expect_refused("100 tokens", [&] { CrossEncoder(folder_.path(), {}); });
}

}  // namespace genre
