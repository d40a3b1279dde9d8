// Models that answer together, on the small models of tests/golden/make_encoder_architectures_golden.py.
#include "genre/lm/ensemble.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "genre/base/error.h"
#include "genre/lm/cross_encoder.h"
#include "genre/lm/testing.h"
#include "genre/lm/text_classifier.h"

namespace genre {
namespace {

namespace fs = std::filesystem;

class Ensembles : public testing::Test {
 protected:
  // The model with the weights of its head times `factor`.
  fs::path write(const std::string& name, const char* folder, float factor) {
    const nlohmann::json& model = golden_.json().at("heads").at("models").at(name);
    golden_.write(model, folder_.path() / folder);
    const fs::path file = folder_.path() / folder / "model.safetensors";
    std::vector<std::vector<float>> kept;
    SafetensorsWriter writer;
    for (const auto& [tensor, shape] : model.at("tensors").items()) {
      const auto extents = shape.get<std::vector<std::int64_t>>();
      kept.push_back(golden_weights(tensor, extents));
      if (tensor == "classifier.weight")
        for (float& x : kept.back()) x *= factor;
      writer.add<float>(tensor, kept.back(), extents);
    }
    writer.write(file);
    return folder_.path() / folder;
  }
  ErrorCode refused(const std::string& json) {
    write_file_atomic(folder_.path() / "bad" / "ensemble.json", json);
    try {
      TextClassifier(folder_.path() / "bad", {});
    } catch (const Error& error) {
      return error.code();
    }
    ADD_FAILURE() << "accepted: " << json;
    return ErrorCode::kRuntime;
  }

  GoldenModels golden_;
  TestFolder folder_{"ensemble"};
  const std::vector<std::string> texts_ = golden_.json().at("texts").get<std::vector<std::string>>();
};

TEST_F(Ensembles, AnswerWithTheMeanOfTheirMembers) {
  for (const char* const name : {"labels", "many-labels"}) {
    SCOPED_TRACE(name);
    const std::vector<fs::path> members = {write(name, "a", 1), write(name, "b", -3)};
    write_ensemble(folder_.path() / "both", members);
    const TextClassifier both(folder_.path() / "both", {}), a(members[0], {}), b(members[1], {});
    EXPECT_EQ(both.labels(), a.labels());
    EXPECT_EQ(both.multi_label(), a.multi_label());
    std::int64_t told = 0;
    const Matrix found = both.probabilities(texts_, [&](std::int64_t done) { told += done; });
    EXPECT_EQ(told, static_cast<std::int64_t>(texts_.size()));
    const Matrix of_a = a.probabilities(texts_), of_b = b.probabilities(texts_);
    float apart = 0;
    for (std::int64_t i = 0; i < found.rows(); ++i)
      for (std::int64_t l = 0; l < found.cols(); ++l) {
        EXPECT_NEAR(found.row(i)[l], (of_a.row(i)[l] + of_b.row(i)[l]) / 2, 1e-6);
        apart = std::max(apart, std::abs(of_a.row(i)[l] - of_b.row(i)[l]));
      }
    EXPECT_GT(apart, 0.05F);
  }
}

TEST_F(Ensembles, OfScorersScorePairsWithTheMean) {
  const std::vector<fs::path> members = {write("scorer", "a", 1), write("scorer", "b", 2), write("scorer", "c", -1)};
  write_ensemble(folder_.path() / "all", members);
  const auto found = CrossEncoder(folder_.path() / "all", {}).scores("red", texts_);
  std::vector<float> wanted(texts_.size());
  for (const auto& member : members) {
    const auto one = CrossEncoder(member, {}).scores("red", texts_);
    for (std::size_t i = 0; i < one.size(); ++i) wanted[i] += one[i] / 3;
  }
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], wanted[i], 1e-6);
}

TEST_F(Ensembles, HoldTheirMembersWholeWithFoldersInside) {
  const fs::path member = write("labels", "a", 1);
  write_file_atomic(member / "own_adapter" / "adapter_config.json", "{}");
  write_ensemble(folder_.path() / "one", std::vector<fs::path>{member, member});
  fs::remove_all(member);
  EXPECT_EQ(ensemble_members(folder_.path() / "one"),
            (std::vector<fs::path>{folder_.path() / "one" / "member-0", folder_.path() / "one" / "member-1"}));
  EXPECT_EQ(read_file(folder_.path() / "one" / "member-1" / "own_adapter" / "adapter_config.json"), "{}");
  EXPECT_EQ(ensemble_members(folder_.path() / "one" / "member-0"),
            std::vector<fs::path>{folder_.path() / "one" / "member-0"});
}

TEST_F(Ensembles, RefuseMembersThatAreNotTheirsOrDoNotAgree) {
  for (const char* const json :
       {"{}", "[]", "not json", R"({"format": "genre.ensemble/1", "members": []})",
        R"({"format": "genre.ensemble/1", "members": ["../a"]})",
        R"({"format": "genre.ensemble/1", "members": [".."]})", R"({"format": "genre.ensemble/1", "members": [1]})",
        R"({"format": "genre.ensemble/9", "members": ["a"]})"})
    EXPECT_EQ(refused(json), ErrorCode::kData) << json;
  EXPECT_EQ(refused(R"({"format": "genre.ensemble/1", "members": ["absent"]})"), ErrorCode::kNotFound);
  write_ensemble(folder_.path() / "mixed",
                 std::vector<fs::path>{write("labels", "a", 1), write("many-labels", "b", 1)});
  EXPECT_THROW(TextClassifier(folder_.path() / "mixed", {}), Error);
}

}  // namespace
}  // namespace genre
