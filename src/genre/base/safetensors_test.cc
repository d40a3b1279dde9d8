#include "genre/base/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>

#include "genre/base/error.h"
#include "genre/base/random.h"

namespace genre {
namespace fs = std::filesystem;

class Safetensors : public testing::Test {
 protected:
  fs::path path_ = fs::path(testing::TempDir()) / ("safetensors-" + std::to_string(getpid()) + ".safetensors");
  void TearDown() override { fs::remove(path_); }

  void write_raw(const std::string& header, std::size_t data_bytes) {
    const std::uint64_t size = header.size();
    std::string out(reinterpret_cast<const char*>(&size), 8);
    write_file_atomic(path_, out + header + std::string(data_bytes, '\0'));
  }
  void expect_refused() {
    try {
      SafetensorsFile file(path_);
      ADD_FAILURE() << "accepted";
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kData);
      EXPECT_EQ(e.place().file, path_.string());
    }
  }
};

TEST_F(Safetensors, RoundTripKeepsValuesShapesAndMetadata) {
  const std::vector<float> w = {1, 2, 3, 4, 5, 6};
  const std::vector<std::int64_t> t = {7, -8};
  const std::vector<std::uint8_t> u = {1, 0, 2};
  SafetensorsWriter writer;
  writer.set_metadata("format", "genre");
  writer.add<std::uint8_t>("a", u, {3});
  writer.add<float>("w", w, {2, 3});
  writer.add<std::int64_t>("t", t, {2});
  writer.write(path_);
  const SafetensorsFile file(path_);
  EXPECT_EQ(file.metadata().at("format"), "genre");
  EXPECT_TRUE(std::ranges::equal(file.values<float>("w", {-1, 3}), w));
  EXPECT_TRUE(std::ranges::equal(file.values<std::int64_t>("t"), t));
  EXPECT_TRUE(std::ranges::equal(file.values<std::uint8_t>("a"), u));
  EXPECT_THROW(file.values<float>("w", {3, 2}), Error);
  EXPECT_THROW(file.values<double>("w"), Error);
  EXPECT_THROW(file.at("v"), Error);
}

TEST_F(Safetensors, DamagedHeadersAreRefused) {
  const std::string good = R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  write_raw(good, 8);
  EXPECT_NO_THROW(SafetensorsFile{path_});
  for (const std::size_t bytes : {0u, 4u, 7u, 9u}) {
    write_raw(good, bytes);
    expect_refused();
  }
  for (
      const char* header :
      {"", "[]", "{", R"({"w":{"dtype":"F32","shape":[2]}})",
       R"({"w":{"dtype":"X9","shape":[2],"data_offsets":[0,8]}})",
       R"({"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})",
       R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})",
       R"({"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}})",
       R"({"w":{"dtype":"F32","shape":[27777777777777777777777777777777722],"data_offsets":[0,8]}})",
       R"({"w":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,8]}})",
       R"({"w":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}})",
       R"({"w":{"dtype":"F32","shape":2,"data_offsets":[0,8]}})",
       R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8e99]}})",
       R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
       R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"v":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
       R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})"}) {
    write_raw(header, 8);
    expect_refused();
  }
  write_file_atomic(path_, std::string(8, '\xff'));
  expect_refused();
}

TEST_F(Safetensors, RandomDamageNeverCrashes) {
  SafetensorsWriter writer;
  const std::vector<float> w(100, 1.5f);
  writer.add<float>("encoder.weight", w, {10, 10});
  writer.write(path_);
  const std::string good = read_file(path_);
  RandomStream random(5, "damage");
  int refused = 0;
  for (int i = 0; i < 500; ++i) {
    std::string bad = good;
    bad[random.below(120)] ^= static_cast<char>(1u << random.below(8));
    if (i % 2) bad.resize(random.below(bad.size()));
    write_file_atomic(path_, bad);
    try {
      const SafetensorsFile file(path_);
      for (const auto& [name, tensor] : file.tensors()) EXPECT_EQ(tensor.bytes.size() % dtype_size(tensor.dtype), 0u);
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 250);
}

}  // namespace genre
