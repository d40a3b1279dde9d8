#include "genre/lm/tensor_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <limits>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/gguf_writer.h"
#include "genre/base/safetensors.h"

namespace genre {
namespace fs = std::filesystem;

class TensorFiles : public testing::Test {
 protected:
  fs::path folder_ = fs::path(testing::TempDir()) / ("tensors-" + std::to_string(getpid()));
  std::vector<float> a_ = {1, 2, 3, 4, 5, 6}, b_ = {7, 8};
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  void write_safetensors(const std::string& name, bool with_a, bool with_b) const {
    SafetensorsWriter writer;
    const std::vector<std::int64_t> ids = {1};
    if (with_a) writer.add<float>("a", a_, {2, 3});
    if (with_b) writer.add<float>("b", b_, {2});
    writer.add<std::int64_t>("ids", ids, {1});
    writer.write(folder_ / name);
  }
  void write_gguf(const std::string& name) const {
    GgufWriter writer;
    writer.add("a", BlockFormat::kF32, {2, 3}, std::as_bytes(std::span(a_)));
    writer.add("b", BlockFormat::kF32, {2}, std::as_bytes(std::span(b_)));
    writer.write(folder_ / name);
  }
  void write_index(const std::string& text) const { write_file_atomic(folder_ / "model.safetensors.index.json", text); }
  void expect_the_tensors(const fs::path& path) const {
    const auto tensors = open_tensors(path);
    EXPECT_THAT(tensors->names(), testing::ElementsAre("a", "b"));
    EXPECT_TRUE(std::ranges::equal(tensors->matrix("a", 2, 3).values(), a_));
    EXPECT_EQ(tensors->vector("b", 2), b_);
    EXPECT_TRUE(std::ranges::equal(tensors->matrix("b", 1, 2).values(), b_));
    EXPECT_TRUE(tensors->has("a"));
    EXPECT_FALSE(tensors->has("ids"));
    EXPECT_EQ(tensors->at("a").format, BlockFormat::kF32);
    EXPECT_THROW(tensors->at("c"), Error);
    EXPECT_THROW(tensors->at("a", {3, 2}), Error);
    EXPECT_THROW(tensors->matrix("a", 3, 2), Error);
    EXPECT_THROW(tensors->vector("a", 6), Error);
    EXPECT_THROW(tensors->vector("b", 1ll << 60), Error);
  }
};

TEST_F(TensorFiles, AreTheSameFromEveryKindOfFile) {
  EXPECT_THROW(open_tensors(folder_), Error);
  EXPECT_THROW(open_tensors(folder_ / "absent.gguf"), Error);
  write_gguf("x.gguf");
  expect_the_tensors(folder_);
  expect_the_tensors(folder_ / "x.gguf");
  write_safetensors("model-1.safetensors", true, false);
  write_safetensors("model-2.safetensors", false, true);
  write_index(R"({"metadata":{"total_size":32},"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors"}})");
  expect_the_tensors(folder_);
  fs::remove(folder_ / "model.safetensors.index.json");
  write_safetensors("model.safetensors", true, true);
  expect_the_tensors(folder_);
  expect_the_tensors(folder_ / "model.safetensors");
}

TEST_F(TensorFiles, SeveralGgufFilesNeedAChoice) {
  write_gguf("x.gguf");
  write_gguf("y.gguf");
  EXPECT_THROW(open_tensors(folder_), Error);
  expect_the_tensors(folder_ / "y.gguf");
}

TEST_F(TensorFiles, DamagedIndexesAreRefused) {
  write_safetensors("model-1.safetensors", true, true);
  fs::create_directories(folder_ / "sub");
  write_safetensors("sub/model-1.safetensors", true, true);
  for (const char* text :
       {"", "[]", "{}", R"({"weight_map":[]})", R"({"weight_map":{"a":1}})", R"({"weight_map":{"a":""}})",
        R"({"weight_map":{"a":".."}})", R"({"weight_map":{"a":"sub/model-1.safetensors"}})",
        R"({"weight_map":{"a":"../)"
        "x.safetensors\"}}",
        R"({"weight_map":{"c":"model-1.safetensors"}})", R"({"weight_map":{"a":"model-1.safetensors\u0000"}})",
        R"({"weight_map":{"a":"absent.safetensors"}})"}) {
    write_index(text);
    if (std::string_view(text) == R"({"weight_map":[]})") {
      EXPECT_TRUE(open_tensors(folder_)->names().empty());
      continue;
    }
    EXPECT_THROW(open_tensors(folder_), Error) << text;
  }
}

TEST_F(TensorFiles, ValuesThatAreNotFiniteAreNamed) {
  b_[1] = std::numeric_limits<float>::infinity();
  write_gguf("x.gguf");
  try {
    open_tensors(folder_)->vector("b", 2);
    ADD_FAILURE() << "accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kData);
    EXPECT_NE(e.message().find("'b' holds a value that is not finite"), std::string::npos) << e.message();
  }
}

}  // namespace genre
