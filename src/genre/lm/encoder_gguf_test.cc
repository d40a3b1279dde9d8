// BERT in GGUF files beside the folders that they were made of.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "genre/base/error.h"
#include "genre/base/gguf_writer.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/convert.h"
#include "genre/lm/encoder.h"
#include "genre/lm/sentence_config.h"
#include "genre/lm/testing.h"
#include "genre/lm/text_encoder.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

// The file as others write it: without what only we keep in it, and with changes.
void write_foreign(const fs::path& from, const fs::path& to, const std::function<void(GgufWriter&)>& change = {}) {
  const GgufFile file(from);
  GgufWriter writer;
  for (const auto& [key, unused] : file.metadata())
    if (!key.starts_with("genre.") && key != "tokenizer.huggingface.json") writer.set_encoded(key, file.encoded(key));
  for (const auto& [name, tensor] : file.tensors()) writer.add(name, tensor.format, tensor.shape, tensor.bytes);
  if (change) change(writer);
  writer.write(to);
}

void expect_same_direction(const Matrix& a, const Matrix& b) {
  ASSERT_EQ(a.rows(), b.rows());
  for (std::int64_t i = 0; i < a.rows(); ++i) {
    double dot = 0, aa = 0, bb = 0;
    for (std::int64_t d = 0; d < a.cols(); ++d) {
      const double x = a.row(i)[d], y = b.row(i)[d];
      dot += x * y, aa += x * x, bb += y * y;
    }
    ASSERT_LT(1 - dot / std::sqrt(aa * bb), 1e-5) << i;
  }
}

double length_of(std::span<const float> row) {
  double sum = 0;
  for (const float x : row) sum += double{x} * x;
  return std::sqrt(sum);
}

}  // namespace

class EncoderGguf : public testing::Test {
 protected:
  EncoderGguf() {
    golden_.write(golden_.json().at("architectures").at("bert"), folder_.path() / "bert");
    convert_model(folder_.path() / "bert", gguf_);
  }

  GoldenModels golden_;
  TestFolder folder_{"encoder-gguf"};
  const fs::path gguf_ = folder_.path() / "bert.gguf";
  const std::vector<std::string> texts_ = golden_.json().at("texts").get<std::vector<std::string>>();
};

TEST_F(EncoderGguf, GivesTheStatesOfTheReference) {
  const auto& model = golden_.json().at("architectures").at("bert");
  const Encoder encoder(read_encoder_config(GgufFile(gguf_)), EncoderPrecision::kFp32);
  PackedTokens tokens;
  for (std::size_t b = 0; b < model.at("ids").size(); ++b) {
    for (const auto& id : model.at("ids")[b]) tokens.ids.push_back(id.get<std::int32_t>());
    for (const auto& segment : model.at("segments")[b]) tokens.segments.push_back(segment.get<std::int32_t>());
    tokens.offsets.push_back(static_cast<std::int32_t>(tokens.ids.size()));
  }
  const Matrix states = encoder.states(tokens);
  const ConstMatrixView golden = golden_.output("bert/states");
  ASSERT_EQ(states.rows(), golden.rows());
  for (std::int64_t t = 0; t < golden.rows(); ++t)
    for (std::int64_t d = 0; d < golden.cols(); ++d) ASSERT_NEAR(states.row(t)[d], golden.row(t)[d], 1e-4) << t;
}

TEST_F(EncoderGguf, OfOthersGivesTheVectorsOfTheFolderInUnitLength) {
  const fs::path foreign = folder_.path() / "alone" / "model.gguf";
  fs::create_directories(foreign.parent_path());
  write_foreign(gguf_, foreign);
  const Matrix wanted = TextEncoder(folder_.path() / "bert", {}).encode(texts_);
  for (const fs::path& path : {gguf_, foreign, foreign.parent_path()}) {
    const TextEncoder encoder(path, {});
    EXPECT_EQ(encoder.dimension(), 32);
    const Matrix found = encoder.encode(texts_);
    expect_same_direction(found, wanted);
    EXPECT_NEAR(length_of(found.row(0)), 1, 1e-6);
  }
  EXPECT_EQ(TextEncoder(foreign, {}).id(), identify_encoder(foreign, {}).id);
  EXPECT_NE(TextEncoder(foreign, {}).id(), TextEncoder(gguf_, {}).id());
}

TEST_F(EncoderGguf, PoolsAsItsMetadataSays) {
  const fs::path foreign = folder_.path() / "class.gguf";
  const auto with = [&](std::uint32_t type) {
    write_foreign(gguf_, foreign, [&](GgufWriter& writer) { writer.set_integer("bert.pooling_type", type); });
    return read_sentence_config(foreign).pooling;
  };
  EXPECT_EQ(with(1), nn::Pooling::kMean);
  EXPECT_EQ(with(2), nn::Pooling::kClass);
  EXPECT_EQ(with(3), nn::Pooling::kLast);
  EXPECT_THROW(with(4), Error);
}

TEST_F(EncoderGguf, RefusesWhatIsMissingOrAnotherArchitecture) {
  const fs::path damaged = folder_.path() / "damaged.gguf";
  const auto refused = [&](const std::function<void(GgufWriter&)>& change) {
    write_foreign(gguf_, damaged, change);
    try {
      TextEncoder(damaged, {});
      ADD_FAILURE() << "accepted";
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kData);
      EXPECT_EQ(e.place().file, damaged.string());
    }
  };
  refused([](GgufWriter& w) { w.set_text("general.architecture", "nomic-bert"); });
  refused([](GgufWriter& w) { w.set_integer("bert.embedding_length", 48); });
  refused([](GgufWriter& w) { w.set_integer("bert.context_length", 41); });
  refused([](GgufWriter& w) { w.set_integer("bert.attention.head_count", 0); });
  refused([](GgufWriter& w) { w.set_integer("bert.block_count", 3); });
  refused([](GgufWriter& w) { w.set_text("tokenizer.ggml.model", "magic"); });
}

TEST(EncoderGgufOnMiniLm, VectorsAreThoseOfTheFolderWhoeverWroteTheFile) {
  const fs::path folder = resolve_model("all-MiniLM-L6-v2");
  const TestFolder temporary("encoder-gguf-minilm");
  const fs::path ours = temporary.path() / "ours.gguf", foreign = temporary.path() / "foreign.gguf";
  convert_model(folder, ours);
  write_foreign(ours, foreign);
  const auto texts = nlohmann::json::parse(read_file(GENRE_SOURCE_DIR "/tests/golden/encoder_texts.json"))
                         .at("texts")
                         .get<std::vector<std::string>>();
  const Matrix wanted = TextEncoder(folder, {}).encode(texts);
  const Matrix found = TextEncoder(ours, {}).encode(texts);
  EXPECT_TRUE(std::ranges::equal(found.values(), wanted.values()));
  // Others keep no limit of 256 tokens.
  const Matrix others = TextEncoder(foreign, {.maximum_tokens = 256}).encode(texts);
  EXPECT_TRUE(std::ranges::equal(others.values(), wanted.values()));
}

}  // namespace genre
