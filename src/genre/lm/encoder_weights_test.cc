#include "genre/lm/encoder_weights.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>
#include <fstream>
#include <limits>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/base/safetensors.h"

namespace genre {
namespace fs = std::filesystem;

// A model of one layer, 32 wide, whose weights are exact in every type.
class EncoderWeightFiles : public testing::Test {
 protected:
  fs::path folder_ = fs::path(testing::TempDir()) / ("encoder-weights-" + std::to_string(getpid()));
  fs::path path_ = folder_ / "model.safetensors";
  EncoderConfig config_;
  std::map<std::string, std::pair<std::vector<std::int64_t>, std::vector<float>>> tensors_;

  void SetUp() override {
    fs::create_directories(folder_);
    config_.architecture = &encoder_architectures().front();
    config_.folder = folder_;
    config_.hidden = config_.embedding = 32, config_.layers = 1, config_.heads = 2, config_.intermediate = 64;
    config_.vocabulary = 10, config_.positions = 8, config_.types = 2;
    RandomStream random(7, "weights");
    const auto add = [&](const std::string& name, std::vector<std::int64_t> shape) {
      std::int64_t size = 1;
      for (const auto extent : shape) size *= extent;
      std::vector<float> values(size);
      for (auto& v : values) v = static_cast<float>(static_cast<int>(random.below(64)) - 32) / 32;
      tensors_[name] = {std::move(shape), std::move(values)};
    };
    const auto add_linear = [&](const std::string& name, std::int64_t out, std::int64_t in) {
      add(name + ".weight", {out, in});
      add(name + ".bias", {out});
    };
    const auto add_norm = [&](const std::string& name) {
      add(name + ".weight", {32});
      add(name + ".bias", {32});
    };
    add("embeddings.word_embeddings.weight", {10, 32});
    add("embeddings.position_embeddings.weight", {8, 32});
    add("embeddings.token_type_embeddings.weight", {2, 32});
    add_norm("embeddings.LayerNorm");
    const std::string layer = "encoder.layer.0.";
    for (const char* part : {"query", "key", "value"}) add_linear(layer + "attention.self." + part, 32, 32);
    add_linear(layer + "attention.output.dense", 32, 32);
    add_norm(layer + "attention.output.LayerNorm");
    add_linear(layer + "intermediate.dense", 64, 32);
    add_linear(layer + "output.dense", 32, 64);
    add_norm(layer + "output.LayerNorm");
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Without the sync of write_file_atomic, which thousands of damaged copies cannot afford.
  void write_raw(std::string_view bytes) const { std::ofstream(path_, std::ios::binary) << bytes; }
  void write(const std::string& prefix = "") const {
    SafetensorsWriter writer;
    for (const auto& [name, tensor] : tensors_) writer.add<float>(prefix + name, tensor.second, tensor.first);
    writer.write(path_);
  }
  void write_short(DType dtype) const {
    std::map<std::string, std::vector<std::uint16_t>> bits;
    SafetensorsWriter writer;
    for (const auto& [name, tensor] : tensors_) {
      for (const float v : tensor.second) {
        const auto word = std::bit_cast<std::uint32_t>(v);
        const std::uint32_t sign = word >> 16 & 0x8000, exponent = word >> 23 & 255;
        const std::uint32_t half = exponent == 0 ? sign : sign | (exponent - 112) << 10 | (word >> 13 & 0x3FF);
        bits[name].push_back(static_cast<std::uint16_t>(dtype == DType::kBF16 ? word >> 16 : half));
      }
      writer.add_bytes(name, dtype, tensor.first, std::as_bytes(std::span(bits[name])));
    }
    writer.write(path_);
  }
  void expect_refused(const std::string& part) {
    try {
      read_encoder_weights(config_, EncoderPrecision::kFp32);
      ADD_FAILURE() << "accepted without " << part;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kData);
      EXPECT_EQ(e.place().file, path_.string());
      EXPECT_NE(e.message().find(part), std::string::npos) << e.message();
    }
  }
};

TEST_F(EncoderWeightFiles, EveryTypeAndPrefixGivesTheSameWeights) {
  write();
  const EncoderWeights wanted = read_encoder_weights(config_, EncoderPrecision::kFp32);
  const auto same = [&] {
    const EncoderWeights found = read_encoder_weights(config_, EncoderPrecision::kFp32);
    EXPECT_TRUE(std::ranges::equal(found.words.row(9), wanted.words.row(9)));
    EXPECT_TRUE(std::ranges::equal(found.positions.row(7), wanted.positions.row(7)));
    EXPECT_TRUE(std::ranges::equal(found.types.row(1), wanted.types.row(1)));
    const Linear &a = found.layers[0].query_key_value, &b = wanted.layers[0].query_key_value;
    EXPECT_EQ(a.outputs(), 96);
    Matrix units(33, 32), of_a(33, 96), of_b(33, 96);  // the columns of the weight beside the bias, and the bias alone
    for (std::int64_t i = 0; i < 32; ++i) units.row(i)[i] = 1;
    a.apply(units, of_a.view());
    b.apply(units, of_b.view());
    EXPECT_TRUE(std::ranges::equal(of_a.values(), of_b.values()));
  };
  write("bert.");
  same();
  write_short(DType::kBF16);
  same();
  write_short(DType::kF16);
  same();
}

TEST_F(EncoderWeightFiles, NormsMayHaveTheNamesOfTheFirstCheckpoints) {
  write();
  const auto gain = read_encoder_weights(config_, EncoderPrecision::kFp32).layers[0].output_norm.gain;
  for (const auto& [name, tensor] : std::map(tensors_)) {
    const auto norm = name.find("LayerNorm.");
    if (norm == std::string::npos) continue;
    tensors_[name.substr(0, norm + 10) + (name.ends_with("weight") ? "gamma" : "beta")] = tensor;
    tensors_.erase(name);
  }
  write();
  EXPECT_EQ(read_encoder_weights(config_, EncoderPrecision::kFp32).layers[0].output_norm.gain, gain);
}

TEST_F(EncoderWeightFiles, AMissingOrWrongTensorIsNamed) {
  const auto good = tensors_;
  for (const auto& [name, tensor] : good) {
    if (name == "embeddings.word_embeddings.weight") continue;
    tensors_.erase(name);
    write();
    expect_refused(name);
    tensors_ = good;
    tensors_[name].first = {static_cast<std::int64_t>(tensor.second.size()), 1};
    write();
    expect_refused(name);
    tensors_ = good;
    tensors_[name].second.back() = std::numeric_limits<float>::quiet_NaN();
    write();
    expect_refused(name);
    tensors_ = good;
  }
}

TEST_F(EncoderWeightFiles, EveryTruncationIsRefused) {
  write();
  const std::string whole = read_file(path_);
  for (std::size_t length = 0; length < whole.size(); length += length < 2000 ? 7 : 997) {
    write_raw(whole.substr(0, length));
    EXPECT_THROW(read_encoder_weights(config_, EncoderPrecision::kFp32), Error) << length;
  }
  write_raw(whole + "x");
  EXPECT_THROW(read_encoder_weights(config_, EncoderPrecision::kFp32), Error);
}

TEST_F(EncoderWeightFiles, FlippedBitsOfTheHeaderThrowNothingButError) {
  write();
  const std::string whole = read_file(path_);
  for (std::size_t i = 0; i < 2000; i += 3) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << i / 3 % 8));
    write_raw(damaged);
    try {
      read_encoder_weights(config_, EncoderPrecision::kFp32);
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kData);
    }
  }
}

}  // namespace genre
