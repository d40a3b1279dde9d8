#include "genre/engine/starting_point.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/engine/testing.h"

namespace genre {
namespace {
namespace fs = std::filesystem;

class FittedBeforeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    model_->fit({.interactions = train_, .item_vectors = {}});
    ArtifactContent content;
    content.manifest.model = "popularity";
    content.manifest.users = 20;
    content.manifest.items = 10;
    content.manifest.lm.model = "none";
    content.manifest.encoder_id = "one encoder";
    content.model = model_.get();
    content.dataset = &dataset_;
    content.histories = &histories_;
    content.trained = &train_;
    content.item_texts = &texts_;
    write_artifact(content, folder_ / "artifact");
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path folder_ = fs::path(testing::TempDir()) / ("starting_point_test-" + std::to_string(getpid()));
  Dataset dataset_ = testing_data::two_tastes();
  UserHistories histories_ = user_histories(dataset_, kEveryPart);
  CsrMatrix train_ = dataset_.matrix(kTrainPart, true);
  std::vector<std::string> texts_ = dataset_.item_fields.fields["title"];
  std::unique_ptr<Recommender> model_ = make_recommender_options("popularity")->build();
};

TEST_F(FittedBeforeTest, KnowsItemsByTheirIdsAndEventsThatWereLearntFrom) {
  Dataset other = dataset_;
  std::vector<std::string> items;  // "a" comes first, so that every number moves by one
  items.push_back("a");
  for (int i = 1; i < 10; ++i) items.push_back("i" + std::to_string(i));
  other.items = IdMap(items);
  const CsrMatrix all = other.matrix(kEveryPart, true);
  const FittedBefore before(folder_, other, all, "one encoder");
  const StartingPoint point = before.point();
  EXPECT_EQ(point.model.name(), "popularity");
  ASSERT_EQ(point.items.size(), 10u);
  EXPECT_EQ(point.items[0], -1);
  for (std::int32_t item = 1; item < 10; ++item) EXPECT_EQ(point.items[item], item);
  ASSERT_EQ(point.known.size(), all.indices.size());
  for (std::int32_t user = 0; user < 20; ++user)
    for (std::int64_t n = all.offsets[user]; n < all.offsets[user + 1]; ++n) {
      const auto learnt = train_.row_indices(user);  // which leaves out what was the test part
      const bool there = all.indices[n] != 0 && std::ranges::find(learnt, all.indices[n]) != learnt.end();
      EXPECT_EQ(point.known[n], there ? 1 : 0) << user << " " << all.indices[n];
    }
}

TEST_F(FittedBeforeTest, RefusesAnotherLanguageModelAndWhatIsNotThere) {
  EXPECT_NO_THROW(FittedBefore(folder_, dataset_, train_, ""));
  EXPECT_THROW(FittedBefore(folder_, dataset_, train_, "another encoder"), Error);
  EXPECT_THROW(FittedBefore(folder_ / "nowhere", dataset_, train_, ""), Error);
}

}  // namespace
}  // namespace genre
