// Pruned encoders of every architecture against what the whole one computes with the same parts left out.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "genre/base/error.h"
#include "genre/lm/encoder.h"
#include "genre/lm/pruning.h"
#include "genre/lm/testing.h"
#include "genre/lm/text_encoder.h"
#include "genre/lm/vector_agreement.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

double worst_difference(const Matrix& a, const Matrix& b) {
  EXPECT_EQ(a.values().size(), b.values().size());
  double worst = 0;
  for (std::size_t i = 0; i < a.values().size(); ++i)
    worst = std::max(worst, std::abs(double{a.values()[i]} - b.values()[i]));
  return worst;
}

class PrunedEncoders : public testing::TestWithParam<std::string> {
 protected:
  PrunedEncoders() : model_(golden_.json().at("architectures").at(GetParam())) { golden_.write(model_, from()); }

  fs::path from() const { return folder_.path() / "from"; }
  fs::path to() const { return folder_.path() / "to"; }
  Pruning prune(const PruningOptions& options) const {
    fs::remove_all(to());
    return prune_encoder(from(), options, texts_, to());
  }
  json config(const fs::path& folder) const { return json::parse(read_file(folder / "config.json")); }
  Matrix states(const fs::path& folder, const EncoderProbe& probe = {}) const {
    PackedTokens tokens;
    for (const auto& ids : model_.at("ids")) {
      for (const auto& id : ids) tokens.ids.push_back(id.get<std::int32_t>());
      tokens.offsets.push_back(static_cast<std::int32_t>(tokens.ids.size()));
    }
    return Encoder(read_encoder_config(folder), EncoderPrecision::kFp32).states(tokens, probe);
  }
  void expect_refused(const PruningOptions& options, const std::string& fault) const {
    try {
      prune(options);
      ADD_FAILURE() << "accepted: " << fault;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kConfig);
      EXPECT_NE(std::string(e.what()).find(fault), std::string::npos) << e.what();
    }
    EXPECT_FALSE(fs::exists(to()));
  }

  GoldenModels golden_;
  TestFolder folder_{"prune-encoder-" + GetParam()};
  const json& model_;
  const std::vector<std::string> texts_ = golden_.json().at("texts");
};

}  // namespace

TEST_P(PrunedEncoders, KeptLayersComputeWhatTheOthersLeftOutGives) {
  const int layers = read_encoder_config(from()).layers;
  std::vector<int> kept = {0};
  if (layers > 2) kept.push_back(layers - 1);
  std::vector<bool> left_out(layers, true);
  for (const int l : kept) left_out[l] = false;
  const Pruning done = prune({.keep_layers = kept});
  EXPECT_EQ(done.after.layers, std::ssize(kept));
  EXPECT_LT(done.after.parameters, done.before.parameters);
  EXPECT_EQ(worst_difference(states(to()), states(from(), {.left_out = left_out})), 0);

  const Pruning chosen = prune({.layers = layers - 1});
  ASSERT_EQ(chosen.left_out.size(), 1);
  left_out.assign(layers, false);
  left_out[chosen.left_out[0].layer] = true;
  EXPECT_EQ(worst_difference(states(to()), states(from(), {.left_out = left_out})), 0);
}

TEST_P(PrunedEncoders, UnitsThatAddNothingGoAndNothingElseChanges) {
  // Every third unit of every layer gets weights of zero behind it, so that pruning must find these.
  const auto config = read_encoder_config(from());
  const auto source = open_tensors(from());
  SafetensorsWriter writer;
  std::vector<Matrix> held;
  held.reserve(source->names().size());
  for (const auto& name : source->names()) {
    const StoredTensor tensor = source->at(name);
    const bool vector = tensor.shape.size() == 1;
    held.push_back(source->matrix(name, vector ? 1 : tensor.shape[0], tensor.shape.back()));
    if (name.ends_with(std::string(config.architecture->outer) + ".weight") &&
        tensor.shape.back() == config.intermediate)
      for (std::int64_t d = 0; d < held.back().rows(); ++d)
        for (std::int64_t i = 0; i < config.intermediate; i += 3) held.back().row(d)[i] = 0;
    writer.add<float>(name, held.back().values(), tensor.shape);
  }
  writer.write(folder_.path() / "new.safetensors");
  fs::rename(folder_.path() / "new.safetensors", from() / "model.safetensors");
  const Pruning done = prune({.feed_forward = config.intermediate - config.intermediate / 3});
  EXPECT_EQ(done.after.feed_forward, 32);
  EXPECT_EQ(read_encoder_config(to()).intermediate, 32);
  // On the texts that it was measured on: a ReLU may never have let a unit through there.
  EXPECT_LT(worst_difference(TextEncoder(to(), {}).encode(texts_), TextEncoder(from(), {}).encode(texts_)), 2e-5);
}

TEST_P(PrunedEncoders, HeadsThatGoAreTheSameAsZeros) {
  const auto config = read_encoder_config(from());
  prune({.heads = 1, .keep_shapes = true});
  EXPECT_EQ(read_encoder_config(to()).layer_heads, std::vector<int>());
  const Matrix zeros = states(to());
  EXPECT_GT(worst_difference(zeros, states(from())), 1e-3);
  if (!config.architecture->prunes_heads()) return expect_refused({.heads = 1}, "no form with fewer heads");
  const Pruning done = prune({.heads = 1});
  EXPECT_EQ(done.after.heads, 1);
  EXPECT_EQ(read_encoder_config(to()).layer_heads, std::vector<int>(config.layers, 1));
  EXPECT_LT(worst_difference(states(to()), zeros), 2e-5);
  fs::rename(to(), folder_.path() / "again");
  prune_encoder(folder_.path() / "again", {.keep_layers = {config.layers - 1}}, texts_, to());
  std::vector<bool> left_out(config.layers, true);
  left_out.back() = false;
  EXPECT_EQ(worst_difference(states(to()), states(folder_.path() / "again", {.left_out = left_out})), 0);
  fs::remove_all(to());
  try {
    prune_encoder(folder_.path() / "again", {.heads = 1}, texts_, to());
    ADD_FAILURE();
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("lost heads before"), std::string::npos);
  }
}

TEST_P(PrunedEncoders, ATrimmedVocabularyGivesTheTextsTheSameVectors) {
  const Pruning done = prune({.vocabulary = texts_});
  EXPECT_LT(done.after.vocabulary, done.before.vocabulary);
  EXPECT_EQ(read_encoder_config(to()).vocabulary, done.after.vocabulary);
  const TextEncoder before(from(), {}), after(to(), {});
  EXPECT_EQ(worst_difference(before.encode(texts_), after.encode(texts_)), 0);
}

TEST_P(PrunedEncoders, AllAtOnceLoads) {
  const auto config = read_encoder_config(from());
  prune({.layers = 1,
         .heads = 1,
         .feed_forward = 16,
         .keep_shapes = !config.architecture->prunes_heads(),
         .vocabulary = texts_});
  const Matrix vectors = TextEncoder(to(), {}).encode(texts_);
  EXPECT_TRUE(std::ranges::all_of(vectors.values(), [](float v) { return std::isfinite(v); }));
}

TEST_P(PrunedEncoders, WhatTheModelHasNoRoomForIsRefused) {
  const auto config = read_encoder_config(from());
  expect_refused({.layers = config.layers + 1}, "layers cannot stay");
  expect_refused({.heads = 3}, "heads cannot stay");
  expect_refused({.feed_forward = 49}, "units cannot stay");
  expect_refused({.keep_layers = {0, 0}}, "layer 0 cannot stay");
  expect_refused({.keep_layers = {-1}}, "layer -1");
  expect_refused({.keep_layers = {config.layers}}, "layer " + std::to_string(config.layers));
  if (config.architecture->norm_first) expect_refused({.keep_layers = {1}}, "layer 0");
  write_file_atomic(to() / "something", "");
  EXPECT_THROW(prune_encoder(from(), {.layers = 1}, texts_, to()), Error);
  EXPECT_THROW(prune_encoder(from(), {.layers = 1}, texts_, from() / "inside"), Error);
  fs::remove_all(to());
  const std::vector<std::string> none = {"", ""};
  EXPECT_THROW(prune_encoder(from(), {.layers = 1}, none, to()), Error);
}

INSTANTIATE_TEST_SUITE_P(All, PrunedEncoders,
                         testing::Values("bert", "roberta", "xlm-roberta", "electra", "distilbert", "mpnet",
                                         "modernbert", "modernbert-biases"),
                         [](const auto& of) {
                           std::string name = of.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

class PrunedHeads : public testing::Test {
 protected:
  PrunedHeads() { golden_.write(golden_.json().at("architectures").at("bert"), folder_.path()); }
  void expect_refused(const char* pruned, const std::string& fault) {
    auto config = json::parse(read_file(folder_.path() / "config.json"));
    config["pruned_heads"] = json::parse(pruned);
    write_file_atomic(folder_.path() / "config.json", config.dump());
    try {
      read_encoder_config(folder_.path());
      ADD_FAILURE() << pruned;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kData);
      EXPECT_NE(std::string(e.what()).find(fault), std::string::npos) << e.what();
    }
  }
  GoldenModels golden_;
  TestFolder folder_{"pruned-heads"};
};

TEST_F(PrunedHeads, ThatTheModelDoesNotHaveAreRefused) {
  expect_refused(R"({"2": [0]})", "no layer of 2");
  expect_refused(R"({"-1": [0]})", "no layer of 2");
  expect_refused(R"({"0x": [0]})", "no layer of 2");
  expect_refused(R"({"0": [2]})", "wanted an integer in [0, 1]");
  expect_refused(R"({"0": [0, 0]})", "twice");
  expect_refused(R"({"0": [0, 1]})", "leaves no head");
  expect_refused(R"({"0": 1})", "a list");
  expect_refused("[]", "an object");
}

}  // namespace genre
