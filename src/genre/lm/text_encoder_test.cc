// The encoder of the real model against vectors of sentence-transformers (tests/golden/make_encoder_golden.py).
#include "genre/lm/text_encoder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numeric>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/random.h"
#include "genre/base/safetensors.h"
#include "genre/lm/catalogue.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

double cosine_distance(std::span<const float> a, std::span<const float> b) {
  double dot = 0, aa = 0, bb = 0;
  for (std::size_t d = 0; d < a.size(); ++d)
    dot += double{a[d]} * b[d], aa += double{a[d]} * a[d], bb += double{b[d]} * b[d];
  return 1 - dot / std::sqrt(aa * bb);
}

}  // namespace

class TextEncoderGolden : public testing::Test {
 protected:
  static const TextEncoder& encoder() {
    static const TextEncoder encoder(resolve_model("all-MiniLM-L6-v2"), {});
    return encoder;
  }
  const std::vector<std::string> texts_ =
      nlohmann::json::parse(read_file(GENRE_SOURCE_DIR "/tests/golden/encoder_texts.json"))
          .at("texts")
          .get<std::vector<std::string>>();
  const SafetensorsFile file_{GENRE_SOURCE_DIR "/tests/golden/encoder_vectors.safetensors"};
  const ConstMatrixView golden_{file_.values<float>("vectors", {200, 384}).data(), 200, 384};
};

TEST_F(TextEncoderGolden, ABatchAgreesWithTheReference) {
  const Matrix found = encoder().encode(texts_);
  ASSERT_EQ(found.rows(), golden_.rows());
  for (std::int64_t i = 0; i < found.rows(); ++i) {
    EXPECT_LT(cosine_distance(found.row(i), golden_.row(i)), 1e-5) << texts_[i];
    EXPECT_NEAR(std::inner_product(found.row(i).begin(), found.row(i).end(), found.row(i).begin(), 0.0), 1.0, 1e-5);
  }
}

TEST_F(TextEncoderGolden, ARowDoesNotDependOnTheOtherTexts) {
  std::vector<std::int32_t> order(texts_.size());
  std::iota(order.begin(), order.end(), 0);
  RandomStream(7, "order").shuffle(std::span(order));
  std::vector<std::string> shuffled;
  for (const auto i : order) shuffled.push_back(texts_[i]);
  const Matrix batch = encoder().encode(shuffled);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto one = encoder().encode_one(shuffled[i]);
    const auto row = batch.row(static_cast<std::int64_t>(i));
    for (std::size_t d = 0; d < one.size(); ++d) ASSERT_NEAR(row[d], one[d], 1e-6) << shuffled[i];
    EXPECT_LT(cosine_distance(one, golden_.row(order[i])), 1e-5) << shuffled[i];
  }
}

TEST_F(TextEncoderGolden, NoTextsGiveNoRows) {
  const Matrix none = encoder().encode({});
  EXPECT_EQ(none.rows(), 0);
  EXPECT_EQ(none.cols(), 384);
}

TEST_F(TextEncoderGolden, ProgressAddsUpToTheTexts) {
  std::int64_t done = 0;
  encoder().encode(texts_, TextRole::kItem, [&](std::int64_t count) { done += count; });
  EXPECT_EQ(done, static_cast<std::int64_t>(texts_.size()));
}

TEST_F(TextEncoderGolden, CountsStopAtTheModelsLimit) {
  const auto counts = encoder().count_tokens(texts_);
  EXPECT_EQ(counts[0], 2);
  EXPECT_EQ(std::ranges::max(counts), 256);
}

TEST_F(TextEncoderGolden, TheIdNamesModelAndLimit) {
  const fs::path folder = resolve_model("all-MiniLM-L6-v2");
  const EncoderIdentity same = identify_encoder(folder, {});
  EXPECT_EQ(same.id, encoder().id());
  EXPECT_EQ(same.dimension, encoder().dimension());
  EXPECT_EQ(identify_encoder(folder, {.maximum_tokens = 256}).id, encoder().id());
  EXPECT_NE(identify_encoder(folder, {.maximum_tokens = 64}).id, encoder().id());
  const TextEncoder shorter(folder, {.maximum_tokens = 8});
  EXPECT_EQ(std::ranges::max(shorter.count_tokens(texts_)), 8);
}

// Copies of the model, each with one file damaged.
class DamagedModel : public testing::Test {
 protected:
  fs::path model_ = resolve_model("all-MiniLM-L6-v2");
  fs::path folder_ = fs::path(testing::TempDir()) / ("damaged-model-" + std::to_string(getpid()));

  void SetUp() override {
    for (const auto& file : catalogue_models().front().recipe.files) {
      fs::create_directories((folder_ / file.name).parent_path());
      fs::create_symlink(model_ / file.name, folder_ / file.name);
    }
  }
  void TearDown() override { fs::remove_all(folder_); }
  void replace(const std::string& name, std::string_view bytes) {
    fs::remove(folder_ / name);
    write_file_atomic(folder_ / name, bytes);
  }
  void expect_refused(const std::string& name, ErrorCode code = ErrorCode::kData) {
    try {
      TextEncoder(folder_, {});
      ADD_FAILURE() << "accepted a damaged " << name;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), code);
      EXPECT_EQ(e.place().file, (folder_ / name).string()) << e.what();
    }
  }
};

TEST_F(DamagedModel, CutFilesAreRefusedByName) {
  for (const auto& file : catalogue_models().front().recipe.files) {
    if (file.name == "tokenizer_config.json") continue;  // tokenizer.json says it all
    const std::string whole = read_file(model_ / file.name);
    for (const double part : {0.0, 0.01, 0.5, 0.999}) {
      replace(file.name, std::string_view(whole).substr(
                             0, static_cast<std::size_t>(part * static_cast<double>(whole.size() - 2))));
      expect_refused(file.name);
    }
    replace(file.name, whole);
  }
}

TEST_F(DamagedModel, AMissingFileIsNotFound) {
  fs::remove(folder_ / "model.safetensors");
  try {
    TextEncoder(folder_, {});
    ADD_FAILURE();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kNotFound);
  }
}

TEST_F(DamagedModel, OtherShapesThanTheConfigurationSaysAreRefused) {
  auto config = nlohmann::json::parse(read_file(model_ / "config.json"));
  for (const auto& [key, value] : {std::pair{"hidden_size", 192},
                                   {"num_hidden_layers", 7},
                                   {"intermediate_size", 1535},
                                   {"vocab_size", 40000},
                                   {"max_position_embeddings", 511}}) {
    auto other = config;
    other[key] = value;
    replace("config.json", other.dump());
    expect_refused("model.safetensors");
  }
}

TEST_F(DamagedModel, LimitsBeyondTheModelAreRefused) {
  for (const int limit : {1, 2, 513}) EXPECT_THROW(TextEncoder(folder_, {.maximum_tokens = limit}), Error);
  EXPECT_THROW(TextEncoder(folder_, {.precision = "int4"}), Error);
}

}  // namespace genre
