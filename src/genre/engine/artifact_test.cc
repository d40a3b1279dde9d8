#include "genre/engine/artifact.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/random.h"
#include "genre/base/sha256.h"
#include "genre/config/toml.h"
#include "genre/engine/testing.h"
#include "genre/rec/registry.h"

namespace genre {
namespace {
namespace fs = std::filesystem;

class ArtifactTest : public testing::Test {
 protected:
  void SetUp() override {
    dataset_ = testing_data::two_tastes();
    vectors_ = testing_data::two_taste_vectors();
    histories_ = user_histories(dataset_, 7);
    texts_ = dataset_.item_fields.fields["title"];
    train_ = dataset_.matrix(kTrainPart | kValidPart, true);
    options_ = make_recommender_options("ease");
    model_ = options_->build();
    model_->fit({.interactions = train_, .item_vectors = vectors_});
    config::Fields f;
    options_->fields(f);
    content_.manifest.model = "ease";
    content_.manifest.model_options = config::to_toml(f.values());
    content_.manifest.dataset_name = dataset_.name;
    content_.manifest.users = 20;
    content_.manifest.items = 10;
    content_.manifest.lm.model = "test-model";
    content_.manifest.events = {{"rating", {1.0, "value >= 4", "sum"}}};
    content_.manifest.metrics = {{"ndcg@10", 0.5}};
    content_.model = model_.get();
    content_.dataset = &dataset_;
    content_.histories = &histories_;
    content_.item_texts = &texts_;
    content_.item_vectors = vectors_;
    write_artifact(content_, folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path folder_ = fs::path(testing::TempDir()) / ("artifact_test-" + std::to_string(getpid()));
  Dataset dataset_;
  Matrix vectors_;
  UserHistories histories_;
  std::vector<std::string> texts_;
  CsrMatrix train_;
  std::shared_ptr<RecommenderOptions> options_;
  std::unique_ptr<Recommender> model_;
  ArtifactContent content_;
};

TEST_F(ArtifactTest, RoundTripServesTheSameLists) {
  const Artifact loaded = load_artifact(folder_);
  EXPECT_EQ(loaded.manifest.model, "ease");
  EXPECT_EQ(loaded.manifest.metrics.at("ndcg@10"), 0.5);
  EXPECT_EQ(loaded.manifest.events.at("rating").positive, "value >= 4");
  EXPECT_EQ(loaded.users.all(), dataset_.users.all());
  EXPECT_EQ(loaded.items.all(), dataset_.items.all());
  EXPECT_EQ(loaded.item_texts, texts_);
  EXPECT_EQ(loaded.item_fields.get("year", 2), "1992");
  EXPECT_EQ(loaded.item_fields.get("year", 3), "");
  EXPECT_EQ(loaded.histories.items, histories_.items);
  EXPECT_EQ(loaded.item_vectors.cols(), 4);
  const std::vector<std::int32_t> history = {0, 1};
  EXPECT_EQ(recommend(*loaded.model, {.history = history}, {}), recommend(*model_, {.history = history}, {}));
}

TEST_F(ArtifactTest, WritingAgainReplacesTheWhole) {
  std::ofstream(folder_ / "stray") << "x";
  write_artifact(content_, folder_);
  EXPECT_FALSE(fs::exists(folder_ / "stray"));
  EXPECT_NO_THROW(load_artifact(folder_));
}

TEST_F(ArtifactTest, EveryTruncatedOrChangedFileIsRefusedByName) {
  RandomStream random(1, "damage");
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const std::string good = read_file(entry.path());
    for (int i = 0; i < 25; ++i) {
      std::string bad = good;
      if (i % 2 == 0)
        bad.resize(random.below(bad.size()));
      else
        bad[random.below(bad.size())] ^= static_cast<char>(1u << random.below(8));
      write_file_atomic(entry.path(), bad);
      try {
        load_artifact(folder_);
        // A flipped bit inside the manifest's free text may leave it valid.
        EXPECT_EQ(entry.path().filename(), "manifest.json") << "accepted damage";
      } catch (const Error& e) {
        EXPECT_TRUE(e.code() == ErrorCode::kData || e.code() == ErrorCode::kConfig || e.code() == ErrorCode::kNotFound)
            << e.what();
      }
    }
    fs::remove(entry.path());
    EXPECT_THROW(load_artifact(folder_), Error);
    write_file_atomic(entry.path(), good);
  }
  EXPECT_NO_THROW(load_artifact(folder_));
}

TEST_F(ArtifactTest, AModelThatAnswersOtherwiseIsRefused) {
  // What a build with another arithmetic would do: other weights under a manifest that vouches for them.
  auto other = options_->build();
  CsrMatrix others = train_;
  for (std::int32_t& item : others.indices) item = 9 - item;
  for (std::int64_t user = 0; user < others.rows; ++user)
    std::reverse(others.indices.begin() + others.offsets[user], others.indices.begin() + others.offsets[user + 1]);
  other->fit({.interactions = others, .item_vectors = vectors_});
  const std::string golden = read_file(folder_ / "golden.safetensors");
  content_.model = other.get();
  write_artifact(content_, folder_);
  EXPECT_NO_THROW(load_artifact(folder_));
  const std::string own = sha256_file(folder_ / "golden.safetensors");
  std::string manifest = read_file(folder_ / "manifest.json");
  manifest.replace(manifest.find(own), own.size(), sha256_hex(golden));
  write_file_atomic(folder_ / "golden.safetensors", golden);
  write_file_atomic(folder_ / "manifest.json", manifest);
  try {
    load_artifact(folder_);
    FAIL() << "another model was served";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kData);
    EXPECT_NE(std::string(e.what()).find("does not answer as it did"), std::string::npos) << e.what();
  }
}

TEST_F(ArtifactTest, NewerFormatIsRefusedWithTheNextStep) {
  std::string text = read_file(folder_ / "manifest.json");
  text.replace(text.find("\"format\": 1"), 11, "\"format\": 9");
  write_file_atomic(folder_ / "manifest.json", text);
  try {
    load_artifact(folder_);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kData);
    EXPECT_EQ(e.hint(), "use a newer genre");
  }
}

TEST_F(ArtifactTest, ManifestCannotNameFilesOutsideTheFolder) {
  std::string text = read_file(folder_ / "manifest.json");
  const std::string name = "\"items.tsv\"";
  text.replace(text.find(name), name.size(), "\"../items.tsv\"");
  write_file_atomic(folder_ / "manifest.json", text);
  EXPECT_THROW(load_artifact(folder_), Error);
}

}  // namespace
}  // namespace genre
