// What the tasks learn on small models, what they measure, and that the runtime serves it.
#include "genre/torch/text_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/lm/cross_encoder.h"
#include "genre/lm/text_classifier.h"
#include "genre/lm/text_encoder.h"
#include "genre/optim/adam.h"
#include "genre/torch/contrastive.h"
#include "genre/torch/tiny_classification_test.h"
#include "genre/torch/trainer.h"

namespace genre::trainer {
namespace {

class TextTaskTest : public testing::Test {
 protected:
  void SetUp() override {
    config_ = tiny_classification(GoldenModels().json().at("architectures").at("bert-tanh-gelu"), {}, folder_.path());
    optimizer_.learning_rate = 3e-3;
  }
  void write(const std::string& task, const std::string& lines) {
    write_file_atomic(folder_.path() / "examples.csv", lines);
    config_.finetune.task = task;
    config_.finetune.examples[0].part = "train";
  }
  std::unique_ptr<TextTask> train(int epochs = 30) {
    auto task = make_text_task(config_);
    before_ = task->measure(Part::kTrain);
    TrainerOptions options{.epochs = epochs,
                           .batch = 8,
                           .metric = std::string(task->default_metric()),
                           .to_start = config_.finetune.regularisation.to_start,
                           .swa = config_.finetune.regularisation.swa,
                           .folder = folder_.path() / "checkpoints"};
    Trainer(*task, optimizer_, options).run();
    after_ = task->measure(Part::kTrain);
    task->save(folder_.path() / "model", folder_.path() / "adapter");
    return task;
  }
  std::filesystem::path model() const { return folder_.path() / "model"; }

  TestFolder folder_{"text-task"};
  FinetuneConfig config_;
  AdamWOptions optimizer_;
  std::map<std::string, double> before_, after_;
};

std::string subjects() {
  std::string lines = "text,label\n";
  for (int i = 0; i < 12; ++i) {
    lines += "red lipstick " + std::to_string(i) + ",care|red\n";
    lines += "blue lipstick " + std::to_string(i) + ",care\n";
    lines += "a red robot " + std::to_string(i) + ",red\n";
    lines += "a robot movie " + std::to_string(i) + ",\n";
  }
  return lines;
}

TEST_F(TextTaskTest, MultiLabelLearnsAndServesSeveralLabelsOrNone) {
  write("multi_label", subjects());
  const auto task = train();
  EXPECT_EQ(task->summary().labels, 2);
  EXPECT_GT(after_.at("micro_f1"), 0.95);
  EXPECT_GT(after_.at("macro_f1"), 0.95);
  EXPECT_GT(after_.at("accuracy"), before_.at("accuracy"));
  const TextClassifier served(model(), LmOptions{});
  EXPECT_TRUE(served.multi_label());
  EXPECT_EQ(served.labels(), (std::vector<std::string>{"care", "red"}));
  const std::vector<std::string> texts = {"red lipstick 3", "a robot movie 3"};
  const Matrix found = served.probabilities(texts);
  EXPECT_GT(found.row(0)[0], 0.5);
  EXPECT_GT(found.row(0)[1], 0.5);
  EXPECT_LT(found.row(1)[0], 0.5);
  EXPECT_LT(found.row(1)[1], 0.5);
}

TEST_F(TextTaskTest, AFreshHeadOfMultiLabelStartsFromHowOftenLabelsAreGiven) {
  std::string lines = "text,label\n";
  for (int i = 0; i < 20; ++i)
    lines += "love " + std::to_string(i) + "," + (i < 15 ? "common" : "") + (i < 2 ? "|rare" : "") + "\n";
  write("multi_label", lines);
  const torch::Tensor bias = make_text_task(config_)->parameters().at("classifier.bias");
  EXPECT_NEAR(bias[0].item<double>(), std::log(15.5 / 5.5), 1e-5);
  EXPECT_NEAR(bias[1].item<double>(), std::log(2.5 / 18.5), 1e-5);
  train();
  config_.lm.model = model().string();  // what was learnt stays
  EXPECT_NEAR(make_text_task(config_)->measure(Part::kTrain).at("loss"), after_.at("loss"), 1e-5);
}

TEST_F(TextTaskTest, RegressionLearnsNumbersThatTheRuntimeGives) {
  std::string lines = "text,label\n";
  for (int i = 0; i < 20; ++i) {
    lines += "red lipstick " + std::to_string(i) + ",4.5\n";
    lines += "a robot movie " + std::to_string(i) + ",1.5\n";
  }
  write("regress", lines);
  optimizer_.learning_rate = 1e-2;
  train(60);
  EXPECT_NEAR(before_.at("rmse"), 1.5, 0.3);  // the head starts from the mean
  EXPECT_LT(after_.at("rmse"), 0.3);
  EXPECT_NEAR(after_.at("loss"), after_.at("rmse") * after_.at("rmse"), 1e-9);
  EXPECT_GT(after_.at("pearson"), 0.95);
  EXPECT_GT(after_.at("spearman"), 0.8);
  const TextClassifier served(model(), LmOptions{});
  const std::vector<std::string> texts = {"red lipstick 3", "a robot movie 3"};
  const Matrix found = served.probabilities(texts);
  EXPECT_NEAR(found.row(0)[0], 4.5, 0.6);
  EXPECT_NEAR(found.row(1)[0], 1.5, 0.6);
}

TEST_F(TextTaskTest, RankingLearnsAnOrderThatTheRuntimeGives) {
  std::string lines = "text,other,label\n";
  for (int i = 0; i < 12; ++i) {
    const std::string n = std::to_string(i);
    for (const char* other : {"red lipstick,2", "blue shampoo,1", "a robot,0", "love and war,0"})
      lines += "query care " + n + "," + other + "\n";
    for (const char* other : {"red lipstick,0", "blue shampoo,0", "a robot,2", "love and war,1"})
      lines += "query film " + n + "," + other + "\n";
  }
  write("rank", lines);
  for (const char* loss : {"listwise", "pairwise", "satisfaction"}) {
    SCOPED_TRACE(loss);
    config_.finetune.rank.loss = loss;
    train(40);
    EXPECT_GT(after_.at("ndcg@10"), 0.9);
    EXPECT_GT(after_.at("ndcg@10"), before_.at("ndcg@10"));
    EXPECT_LT(after_.at("loss"), before_.at("loss"));
    const CrossEncoder served(model(), LmOptions{});
    const std::vector<std::string> texts = {"red lipstick", "a robot"};
    const auto care = served.scores("query care 3", texts), film = served.scores("query film 3", texts);
    EXPECT_GT(care[0], care[1]);
    EXPECT_LT(film[0], film[1]);
  }
}

TEST_F(TextTaskTest, AQueryWithoutAChoiceTeachesNothing) {
  write("rank", "text,other,label\nquery,red,1\nquery,blue,1\n");
  EXPECT_THROW(make_text_task(config_), Error);
}

double cosine(std::span<const float> a, std::span<const float> b) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t d = 0; d < a.size(); ++d) {
    ab += static_cast<double>(a[d]) * b[d];
    aa += static_cast<double>(a[d]) * a[d];
    bb += static_cast<double>(b[d]) * b[d];
  }
  return ab / std::sqrt(aa * bb);
}

TEST_F(TextTaskTest, ContrastiveBringsPairsTogetherInServedVectors) {
  std::string lines = "text,other\n";
  for (const char* pair : {"red lipstick,night cream", "a robot movie,the war", "blue shampoo,love drama",
                           "query passage,red red", "the of and,a a", "night night,movie movie"})
    lines += std::string(pair) + "\n";
  write("contrastive", lines);
  optimizer_.learning_rate = 1e-2;
  train(200);
  EXPECT_GT(after_.at("recall@1"), 0.9);
  EXPECT_GT(after_.at("mrr"), before_.at("mrr"));
  EXPECT_LT(after_.at("loss"), before_.at("loss"));
  const TextEncoder served(model(), LmOptions{});
  const Matrix vectors = served.encode(std::vector<std::string>{"red lipstick", "night cream", "the war"});
  EXPECT_GT(cosine(vectors.row(0), vectors.row(1)), cosine(vectors.row(0), vectors.row(2)) + 0.2);
}

TEST_F(TextTaskTest, GradedPairsComeIntoTheOrderOfTheirLabels) {
  write("contrastive", "text,other,label\nred,blue,1\nred,robot,3\nblue,robot,2\nlove,war,5\nwar,red,4\nlove,blue,0\n");
  config_.finetune.contrastive.loss = "cosent";
  optimizer_.learning_rate = 1e-2;
  train(100);
  EXPECT_GT(after_.at("spearman"), 0.95);
  EXPECT_LT(after_.at("loss"), before_.at("loss"));
}

TEST_F(TextTaskTest, AdaptersFoldIntoTheWeightsThatAreServed) {
  for (const char* tune : {"lora", "adalora", "ia3"}) {
    SCOPED_TRACE(tune);
    write("contrastive", "text,other\nred lipstick,night cream\na robot movie,the war\nblue shampoo,love drama\n");
    config_.finetune.tune = tune;
    optimizer_.learning_rate = 3e-2;
    const auto task = train(40);
    EXPECT_LT(after_.at("loss"), before_.at("loss"));
    for (const char* file : {"adapter_config.json", "adapter_model.safetensors"})
      EXPECT_TRUE(std::filesystem::exists(folder_.path() / "adapter" / file)) << file;
    // The saved model, measured as it stands, is the trained one.
    FinetuneConfig again = config_;
    again.lm.model = model().string();
    EXPECT_NEAR(make_text_task(again)->measure(Part::kTrain).at("loss"), after_.at("loss"), 1e-5);
  }
}

TEST_F(TextTaskTest, AdaptersThatDoNotFoldAreServedBesideTheWeights) {
  write("contrastive", "text,other\nred lipstick,night cream\na robot movie,the war\nblue shampoo,love drama\n");
  optimizer_.learning_rate = 3e-2;
  for (const char* tune : {"adapter", "prompt"}) {
    SCOPED_TRACE(tune);
    config_.finetune.tune = tune;
    train(100);
    EXPECT_LT(after_.at("loss"), 0.7 * before_.at("loss"));
    const TextEncoder served(model(), LmOptions{});
    const std::vector<std::string> texts = {"red lipstick", "a robot movie", "blue shampoo"},
                                   others = {"night cream", "the war", "love drama"};
    const Matrix a = served.encode(texts), b = served.encode(others);
    double loss = 0;  // as the task has it
    for (std::int64_t i = 0; i < 3; ++i) {
      double row = 0, column = 0;
      const auto score = [&](std::int64_t p, std::int64_t q) {
        return std::exp(cosine(a.row(p), b.row(q)) / config_.finetune.contrastive.temperature);
      };
      for (std::int64_t j = 0; j < 3; ++j) {
        row += score(i, j);
        column += score(j, i);
      }
      loss -= (std::log(score(i, i) / row) + std::log(score(i, i) / column)) / 6;
    }
    EXPECT_NEAR(loss, after_.at("loss"), 1e-4);
    // It is trained from its base, not from the weights alone.
    FinetuneConfig again = config_;
    again.lm.model = model().string();
    EXPECT_THROW(make_text_task(again), Error);
  }
}

TEST_F(TextTaskTest, MaskedLanguageLearnsItsTextsAndKeepsTheEncoderServed) {
  std::string lines = "text\n";
  for (int i = 0; i < 40; ++i) lines += "the drama of love and war " + std::to_string(i) + "\n";
  write("masked_lm", lines);
  const auto task = train(30);
  EXPECT_LT(after_.at("perplexity"), 0.5 * before_.at("perplexity"));
  EXPECT_NEAR(std::log(after_.at("perplexity")), after_.at("loss"), 1e-9);
  EXPECT_GT(after_.at("accuracy"), 0.4);
  EXPECT_EQ(task->measure(Part::kTrain), after_);  // the masks of measurements do not change
  const TextEncoder served(model(), LmOptions{});
  EXPECT_EQ(served.encode(std::vector<std::string>{"love"}).rows(), 1);
  FinetuneConfig again = config_;
  again.lm.model = model().string();
  EXPECT_NEAR(make_text_task(again)->measure(Part::kTrain).at("loss"), after_.at("loss"), 1e-5);  // the head too
}

TEST_F(TextTaskTest, AveragesAndTheStartHoldWeightsBack) {
  write("multi_label", subjects());
  const auto distance = [&] {
    const auto fresh = make_text_task(config_);
    const auto trained = train(6);
    double sum = 0;
    for (const Parameter& one : trained->parameters().all())
      sum += (one.value - fresh->parameters().at(one.name)).pow(2).sum().item<double>();
    return std::sqrt(sum);
  };
  const double free = distance();
  config_.finetune.regularisation.to_start = 1;
  EXPECT_LT(distance(), 0.7 * free);
  config_.finetune.regularisation.to_start = 0;
  config_.finetune.regularisation.swa = 1;
  EXPECT_LT(distance(), free);
}

TEST_F(TextTaskTest, AStudentComesToTheVectorsOfItsTeacher) {
  std::string lines = "text\n";
  for (const char* text : {"red lipstick", "a robot movie", "blue shampoo", "the war", "love drama", "night cream"})
    lines += std::string(text) + "\n";
  write("distil", lines);
  const std::filesystem::path teacher = folder_.path() / "teacher";
  GoldenModels().write(GoldenModels().json().at("architectures").at("distilbert"), teacher);
  config_.finetune.distil.teacher = teacher.string();
  optimizer_.learning_rate = 1e-2;
  train(300);
  EXPECT_LT(after_.at("loss"), 0.5 * before_.at("loss"));
  EXPECT_NEAR(after_.at("cosine"), 1 - after_.at("loss"), 1e-12);
  const std::vector<std::string> texts = {"red lipstick", "a robot movie", "blue shampoo",
                                          "the war",      "love drama",    "night cream"};
  const Matrix wanted = TextEncoder(teacher, LmOptions{}).encode(texts);
  const Matrix given = TextEncoder(model(), LmOptions{}).encode(texts);
  double sum = 0;
  for (std::int64_t i = 0; i < wanted.rows(); ++i) sum += cosine(wanted.row(i), given.row(i));
  EXPECT_NEAR(sum / 6, after_.at("cosine"), 1e-5);
  config_.finetune.distil.teacher.clear();
  EXPECT_THROW(make_text_task(config_), Error);
}

TEST_F(TextTaskTest, AClassifierFollowsItsTeacherMoreThanItsLabels) {
  std::string right = "text,label\n", wrong = right;
  for (int i = 0; i < 16; ++i) {
    right += "red lipstick " + std::to_string(i) + ",care\na robot movie " + std::to_string(i) + ",film\n";
    wrong += "red lipstick " + std::to_string(i) + ",film\na robot movie " + std::to_string(i) + ",care\n";
  }
  write("classify", right);
  train();
  const std::filesystem::path teacher = folder_.path() / "teacher";
  std::filesystem::rename(model(), teacher);
  write("classify", wrong);
  config_.finetune.distil = {.teacher = teacher.string(), .share = 0.9, .temperature = 1};
  train();
  EXPECT_LT(after_.at("accuracy"), 0.1);  // what the labels say is not what the teacher says
  config_.finetune.distil.share = 0;
  train();
  EXPECT_GT(after_.at("accuracy"), 0.9);
  write("classify", "text,label\nred,other\nblue,care\n");
  EXPECT_THROW(make_text_task(config_), Error);
}

TEST(InBatchLoss, LeavesHiddenPairsOut) {
  torch::manual_seed(1);
  const auto unit = [] {
    const torch::Tensor x = torch::randn({3, 5});
    return x / x.norm(2, 1, true);
  };
  const torch::Tensor texts = unit(), others = unit();
  torch::Tensor hidden = torch::zeros({3, 3}, torch::kBool);
  hidden[0][2] = true;
  const torch::Tensor scores = torch::mm(texts, others.t()) / 0.1;
  const auto score = [&](int i, int j) {
    return hidden[i][j].item<bool>() ? 0 : std::exp(scores[i][j].item<double>());
  };
  double wanted = 0;
  for (int i = 0; i < 3; ++i) {
    double row = 0, column = 0;
    for (int j = 0; j < 3; ++j) {
      row += score(i, j);
      column += score(j, i);
    }
    wanted -= (std::log(score(i, i) / row) + std::log(score(i, i) / column)) / 6;
  }
  EXPECT_NEAR(in_batch_loss(texts, others, hidden, 0.1).item<double>(), wanted, 1e-5);
}

TEST(CosentLoss, AgreesWithItsDefinition) {
  const std::vector<double> cosines = {0.2, 0.9, -0.3}, labels = {3, 1, 1};
  const double wanted = std::log(1 + std::exp((0.9 - 0.2) / 0.5) + std::exp((-0.3 - 0.2) / 0.5));
  EXPECT_NEAR(cosent_loss(torch::tensor(cosines), torch::tensor(labels), 0.5).item<double>(), wanted, 1e-6);
}

}  // namespace
}  // namespace genre::trainer
