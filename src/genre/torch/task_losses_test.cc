// Losses and gradients of one step of the tasks beside `classify` against transformers
// (tests/golden/make_task_losses_golden.py).
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "genre/lm/testing.h"
#include "genre/torch/language_head.h"
#include "genre/torch/text_task.h"
#include "genre/torch/tiny_classification_test.h"

namespace genre::trainer {
namespace {

using Json = nlohmann::json;

Json golden_losses() { return Json::parse(read_file(GENRE_SOURCE_DIR "/tests/golden/task_losses.json")); }

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

void expect_gradients(const Parameters& parameters, const Json& wanted) {
  std::size_t compared = 0;
  for (const Parameter& one : parameters.all()) {
    ASSERT_TRUE(wanted.contains(one.name)) << one.name;
    torch::Tensor gradient = one.rows.defined()
                                 ? torch::zeros_like(one.value).index_copy_(0, one.row_ids, one.rows.grad())
                                 : one.value.grad();
    if (!gradient.defined()) gradient = torch::zeros_like(one.value);
    const torch::Tensor probe = torch::tensor(golden_weights("probe " + one.name, one.value.sizes().vec()));
    const double along = (gradient * probe.view_as(gradient)).sum().item<double>();
    EXPECT_NEAR(gradient.norm().item<double>(), wanted.at(one.name)[0].get<double>(), 1e-4) << one.name;
    EXPECT_NEAR(along, wanted.at(one.name)[1].get<double>(), 1e-4) << one.name;
    ++compared;
  }
  EXPECT_EQ(compared, wanted.size());
}

// One step of a task on `rows` of text, other and label, in the order of the golden batch.
void expect_step(const Json& model, const std::string& task, const std::string& head,
                 const std::vector<std::string>& rows) {
  const TestFolder folder("task");
  FinetuneConfig config = tiny_classification(model, {}, folder.path());
  std::string lines = head + "\n";
  for (const auto& row : rows) lines += row + "\n";
  write_file_atomic(folder.path() / "examples.csv", lines);
  config.finetune.task = task;
  config.finetune.examples[0].part = "train";
  const auto learner = make_text_task(config);
  if (task == "regress") {  // which starts from the mean of the labels, the reference from the file
    for (Parameter& one : learner->parameters().all()) {
      if (!one.name.ends_with("bias") || one.value.numel() != 1) continue;
      const torch::NoGradGuard no_graph;
      one.value.copy_(torch::tensor(golden_weights(one.name, {1})));
    }
  }
  const std::vector<std::vector<std::int64_t>> batches = {{0, 1, 2, 3}};
  learner->begin_step(batches);
  const torch::Tensor loss = learner->loss(batches[0]);
  loss.backward();
  EXPECT_NEAR(loss.item<double>(), model.at("loss").get<double>(), 1e-5);
  expect_gradients(learner->parameters(), model.at("gradients"));
}

TEST(TaskLosses, MultiLabelGivesThoseOfTheReference) {
  const Json json = golden_losses();
  std::vector<std::string> rows;
  for (std::size_t i = 0; i < json.at("texts").size(); ++i) {
    std::string labels;
    for (int label = 0; label < 3; ++label)
      if (json.at("many")[i][label] == 1) labels += "LABEL_" + std::to_string(label) + "|";
    rows.push_back(quoted(json.at("texts")[i]) + "," + labels);
  }
  for (const auto& [name, model] : json.at("multi_label").items()) {
    SCOPED_TRACE(name);
    expect_step(model, "multi_label", "text,label", rows);
  }
}

TEST(TaskLosses, RegressionOnPairsGivesThoseOfTheReference) {
  const Json json = golden_losses();
  std::vector<std::string> rows;
  for (std::size_t i = 0; i < json.at("texts").size(); ++i)
    rows.push_back(quoted(json.at("texts")[i]) + "," + quoted(json.at("others")[i]) + "," +
                   json.at("numbers")[i].dump());
  for (const auto& [name, golden_model] : json.at("regress").items()) {
    SCOPED_TRACE(name);
    Json model = golden_model;
    model["config"]["id2label"] = {{"0", "value"}};  // so that the file's own head is kept
    expect_step(model, "regress", "text,other,label", rows);
  }
}

TEST(TaskLosses, MaskedLanguageGivesThoseOfTheReference) {
  const Json json = golden_losses();
  for (const auto& [name, model] : json.at("masked_lm").items()) {
    SCOPED_TRACE(name);
    const TestFolder folder("masked");
    const FinetuneConfig config = tiny_classification(model, {}, folder.path());
    const auto tokenizer = load_tokenizer(folder.path() / "base");
    std::vector<std::vector<std::int32_t>> ids;
    std::vector<std::int64_t> begins, places, words;
    std::int64_t begin = 0;
    for (const auto& text : json.at("texts")) {
      ids.push_back(tokenizer->encode(text.get<std::string>(), 40));
      begins.push_back(begin);
      begin += static_cast<std::int64_t>(ids.back().size());
    }
    for (std::size_t i = 0; i < json.at("hidden").size(); ++i) {
      const std::int64_t text = json.at("hidden")[i][0], place = json.at("hidden")[i][1];
      places.push_back(begins[text] + place);
      words.push_back(ids[text][place]);
      if (i < json.at("masked").get<std::size_t>()) ids[text][place] = *tokenizer->find("[MASK]");
    }
    TunedEncoder encoder(config, read_encoder_config(folder.path() / "base"), {});
    const LanguageHead head(encoder);
    EXPECT_FALSE(head.fresh());
    encoder.choose_trained();
    const std::vector<std::span<const std::int32_t>> sequences(ids.begin(), ids.end());
    const torch::Tensor states = encoder.states(pack(sequences), Noise::kNone);
    const torch::Tensor logits = head.apply(states.index_select(0, torch::tensor(places, torch::kInt64)));
    const torch::Tensor loss = torch::cross_entropy_loss(logits, torch::tensor(words, torch::kInt64));
    loss.backward();
    EXPECT_NEAR(loss.item<double>(), model.at("loss").get<double>(), 1e-5);
    expect_gradients(encoder.parameters(), model.at("gradients"));
  }
}

}  // namespace
}  // namespace genre::trainer
