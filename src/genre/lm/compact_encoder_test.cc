// Encoders with compact weights against the same weights written out whole.
#include "genre/lm/compact_encoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "genre/base/error.h"
#include "genre/lm/compact_weight.h"
#include "genre/lm/testing.h"
#include "genre/lm/text_encoder.h"
#include "genre/lm/vector_agreement.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

class CompactEncoders : public testing::TestWithParam<std::string> {
 protected:
  CompactEncoders() { golden_.write(golden_.json().at("architectures").at(GetParam()), from()); }
  fs::path from() const { return folder_.path() / "from"; }
  fs::path to() const { return folder_.path() / "to"; }
  Compaction compact(const CompactOptions& options) const {
    fs::remove_all(to());
    return compact_encoder(from(), options, texts_, to());
  }
  // The folder `to` with whole weights in place of compact ones.
  fs::path whole() const {
    const auto before = open_tensors(from()), after = open_tensors(to());
    const fs::path folder = folder_.path() / "whole";
    fs::remove_all(folder);
    fs::copy(to(), folder);
    fs::remove(folder / "model.safetensors");
    SafetensorsWriter writer;
    std::vector<Matrix> kept;
    kept.reserve(before->names().size());
    for (const auto& name : before->names()) {
      const auto shape = before->at(name).shape;
      const std::int64_t rows = shape.size() < 2 ? 1 : shape[0];
      const auto compact = read_compact(*after, name, rows, shape.back());
      kept.push_back(compact ? dense(*compact) : after->matrix(name, rows, shape.back()));
      writer.add<float>(name, kept.back().values(), shape);
    }
    writer.write(folder / "model.safetensors");
    return folder;
  }
  void expect_refused(const CompactOptions& options, const std::string& fault) const {
    try {
      compact(options);
      ADD_FAILURE() << "accepted: " << fault;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kConfig);
      EXPECT_NE(std::string(e.what()).find(fault), std::string::npos) << e.what();
    }
    EXPECT_FALSE(fs::exists(to()));
  }
  GoldenModels golden_;
  TestFolder folder_{"compact-encoder-" + GetParam()};
  const std::vector<std::string> texts_ = golden_.json().at("texts");
};

}  // namespace

TEST_P(CompactEncoders, ComputeWhatTheWholeWeightsCompute) {
  for (const CompactOptions& options : {CompactOptions{.form = CompactForm::kTwoFour},
                                        {.form = CompactForm::kBlocks, .density = 0.6},
                                        {.form = CompactForm::kLowRank, .rank = 8}}) {
    const Compaction done = compact(options);
    EXPECT_LT(done.bytes_after, done.bytes_before);
    EXPECT_LT(done.weight_bytes_after, done.weight_bytes_before);
    EXPECT_EQ(done.weight_bytes_before - done.weight_bytes_after, done.bytes_before - done.bytes_after);
    EXPECT_GT(done.relative_error, 0.01);
    const TextEncoder compact(to(), {}), plain(whole(), {}), before(from(), {});
    EXPECT_GT(agreement(plain, compact, texts_).worst, 1 - 1e-6);
    EXPECT_LT(agreement(before, compact, texts_).worst, 1 - 1e-4);
    for (const char* precision : {"bf16", "int8"}) {  // made whole at loading
      const TextEncoder a(to(), {.precision = precision}), b(whole(), {.precision = precision});
      EXPECT_TRUE(std::ranges::equal(a.encode(texts_).values(), b.encode(texts_).values())) << precision;
    }
  }
}

TEST_P(CompactEncoders, AllBlocksAreTheModelItself) {
  compact({.form = CompactForm::kBlocks, .density = 1});
  EXPECT_GT(agreement(TextEncoder(from(), {}), TextEncoder(to(), {}), texts_).worst, 1 - 1e-6);
}

TEST_P(CompactEncoders, WhatSavesNothingIsRefused) {
  expect_refused({.form = CompactForm::kLowRank, .rank = 32}, "rank");
  expect_refused({.form = CompactForm::kLowRank, .rank = 0}, "rank");
  expect_refused({.form = CompactForm::kBlocks, .density = 0}, "density");
  expect_refused({.form = CompactForm::kBlocks, .density = std::nan("")}, "density");
}

INSTANTIATE_TEST_SUITE_P(Some, CompactEncoders, testing::Values("bert", "distilbert", "modernbert"),
                         [](const auto& of) { return of.param; });

}  // namespace genre
