#include "genre/lm/registered_models.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/gguf_writer.h"
#include "genre/base/sha256.h"
#include "genre/lm/catalogue.h"

namespace genre {
namespace fs = std::filesystem;

class RegisteredModels : public testing::Test {
 protected:
  fs::path root_ = fs::path(testing::TempDir()) / ("registered-" + std::to_string(getpid()));
  fs::path folder_ = root_ / "tiny";
  std::vector<float> weights_ = {1, 2, 3, 4};
  std::string before_ = std::getenv("GENRE_CACHE") ? std::getenv("GENRE_CACHE") : "";
  void SetUp() override {
    setenv("GENRE_CACHE", (root_ / "cache").c_str(), 1);
    write_weights("tiny.gguf");
    write_file_atomic(folder_ / "config.json", "{}");
    write_file_atomic(folder_ / "1_Pooling/config.json", "{}");
    write_file_atomic(folder_ / "a/b/deep.json", "{}");
    write_file_atomic(folder_ / "notes.md", "not of the model");
  }
  void TearDown() override {
    before_.empty() ? unsetenv("GENRE_CACHE") : setenv("GENRE_CACHE", before_.c_str(), 1);
    fs::remove_all(root_);
  }
  void write_weights(const std::string& name) const {
    GgufWriter writer;
    writer.add("w", BlockFormat::kF32, {2, 2}, std::as_bytes(std::span(weights_)));
    writer.write(folder_ / name);
  }
  static ErrorCode code_of(const auto& call) {
    try {
      call();
    } catch (const Error& e) {
      return e.code();
    }
    ADD_FAILURE() << "no error";
    return ErrorCode::kRuntime;
  }
};

TEST_F(RegisteredModels, AnAddedFolderIsFoundByName) {
  const auto added = register_model(folder_, "mine", "MIT");
  ASSERT_EQ(added.files.size(), 3u);
  EXPECT_EQ(added.files[0].name, "1_Pooling/config.json");
  EXPECT_EQ(added.files[1].sha256, sha256_hex("{}"));
  EXPECT_EQ(resolve_model("mine"), fs::canonical(folder_));
  const auto all = registered_models();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].name, "mine");
  EXPECT_EQ(all[0].licence, "MIT");
  EXPECT_EQ(all[0].files[2].bytes, static_cast<std::int64_t>(fs::file_size(folder_ / "tiny.gguf")));
  unregister_model("mine");
  EXPECT_TRUE(registered_models().empty());
  EXPECT_EQ(code_of([] { resolve_model("mine"); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([] { unregister_model("mine"); }), ErrorCode::kNotFound);
  EXPECT_TRUE(fs::exists(folder_ / "tiny.gguf"));
}

TEST_F(RegisteredModels, AFileOfWeightsCanBeAdded) {
  register_model(folder_ / "tiny.gguf", "mine", "");
  EXPECT_EQ(resolve_model("mine"), fs::canonical(folder_ / "tiny.gguf"));
}

TEST_F(RegisteredModels, AChangedOrMissingFileIsRefusedAtUse) {
  register_model(folder_, "mine", "MIT");
  weights_[3] = 5;
  write_weights("tiny.gguf");
  EXPECT_EQ(code_of([] { resolve_model("mine"); }), ErrorCode::kData);
  fs::remove(folder_ / "tiny.gguf");
  EXPECT_EQ(code_of([] { resolve_model("mine"); }), ErrorCode::kNotFound);
}

TEST_F(RegisteredModels, NamesThatAreTakenOrNoneAreRefused) {
  register_model(folder_, "mine", "MIT");
  for (const char* name : {"mine", "", ".mine", "../mine", "a/b", "a b", "all-MiniLM-L6-v2"})
    EXPECT_EQ(code_of([&] { add_to_catalogue(folder_, name, ""); }), ErrorCode::kConfig) << name;
  EXPECT_EQ(code_of([&] { register_model(folder_ / "1_Pooling", "other", ""); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { register_model(folder_ / "absent", "other", ""); }), ErrorCode::kNotFound);
}

TEST_F(RegisteredModels, ADamagedRecordIsAnErrorOfItsNameOnly) {
  register_model(folder_, "mine", "MIT");
  register_model(folder_, "other", "MIT");
  write_file_atomic(root_ / "cache/registered_models/mine.json", R"({"path":7})");
  EXPECT_EQ(code_of([] { resolve_model("mine"); }), ErrorCode::kData);
  EXPECT_EQ(registered_models().size(), 1u);
  EXPECT_EQ(resolve_model("other"), fs::canonical(folder_));
}

}  // namespace genre
