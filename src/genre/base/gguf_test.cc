#include "genre/base/gguf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "genre/base/error.h"
#include "genre/base/gguf_writer.h"
#include "genre/base/random.h"

namespace genre {
namespace fs = std::filesystem;

class Gguf : public testing::Test {
 protected:
  fs::path path_ = fs::path(testing::TempDir()) / ("gguf-" + std::to_string(getpid()) + ".gguf");
  std::vector<float> weights_ = {1, 2, 3, 4, 5, 6};
  std::vector<std::byte> blocks_ = std::vector<std::byte>(2 * 18, std::byte{0x21});
  void TearDown() override { fs::remove(path_); }

  void write() const {
    GgufWriter writer;
    writer.set_text("general.architecture", "llama");
    writer.set_integer("llama.block_count", 30);
    writer.set_number("llama.rope.freq_base", 100000);
    writer.set_boolean("tokenizer.ggml.add_bos_token", true);
    writer.set_texts("tokenizer.ggml.tokens", std::vector<std::string>{"a", "", "\xF0\x9F\x98\x80"});
    writer.set_integers("tokenizer.ggml.token_type", std::vector<std::int32_t>{1, -3, 6});
    writer.set_numbers("tokenizer.ggml.scores", std::vector<float>{0.5f, -1, 0});
    writer.add("w", BlockFormat::kF32, {2, 3}, std::as_bytes(std::span(weights_)));
    writer.add("b", BlockFormat::kQ4_0, {1, 64}, blocks_);
    writer.write(path_);
  }
  // Without the sync of write_file_atomic, which thousands of damaged copies cannot afford.
  void write_raw(std::string_view bytes) const { std::ofstream(path_, std::ios::binary) << bytes; }
  std::string written() const {
    write();
    return read_file(path_);
  }
  void expect_refused(std::string_view part) const {
    try {
      GgufFile file(path_);
      ADD_FAILURE() << "accepted without " << part;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kData);
      EXPECT_EQ(e.place().file, path_.string());
      EXPECT_NE(e.message().find(part), std::string::npos) << e.message() << " without " << part;
    }
  }
  // The file with the bytes after the first `after` replaced.
  void write_changed(std::string bytes, std::string_view after, std::size_t skip, auto value) const {
    const auto at = bytes.find(after);
    ASSERT_NE(at, std::string::npos);
    std::memcpy(bytes.data() + at + after.size() + skip, &value, sizeof value);
    write_raw(bytes);
  }
};

TEST_F(Gguf, RoundTripKeepsMetadataAndTensors) {
  write();
  const GgufFile file(path_);
  EXPECT_EQ(file.text("general.architecture"), "llama");
  EXPECT_EQ(file.integer("llama.block_count"), 30);
  EXPECT_EQ(file.number("llama.block_count"), 30.0);
  EXPECT_EQ(file.number("llama.rope.freq_base"), 100000.0);
  EXPECT_EQ(file.boolean("tokenizer.ggml.add_bos_token"), true);
  EXPECT_THAT(*file.texts("tokenizer.ggml.tokens"), testing::ElementsAre("a", "", "\xF0\x9F\x98\x80"));
  EXPECT_THAT(*file.integers("tokenizer.ggml.token_type"), testing::ElementsAre(1, -3, 6));
  EXPECT_THAT(*file.numbers("tokenizer.ggml.scores"), testing::ElementsAre(0.5, -1, 0));
  EXPECT_EQ(file.integer("absent"), std::nullopt);
  EXPECT_EQ(file.texts("absent"), nullptr);
  EXPECT_THAT(file.at("w").shape, testing::ElementsAre(2, 3));
  EXPECT_EQ(file.at("w").elements(), 6);
  EXPECT_EQ(std::memcmp(file.at("w").bytes.data(), weights_.data(), 24), 0);
  EXPECT_EQ(file.at("b").format, BlockFormat::kQ4_0);
  EXPECT_EQ(file.at("b").elements(), 64);
  EXPECT_TRUE(std::ranges::equal(file.at("b").bytes, blocks_));
  EXPECT_THROW(file.at("v"), Error);
}

TEST_F(Gguf, EncodedMetadataIsCopiedWithoutLoss) {
  write();
  const GgufFile file(path_);
  const fs::path copy = path_.string() + ".copy";
  GgufWriter writer;
  for (const auto& [key, unused] : file.metadata()) writer.set_encoded(key, file.encoded(key));
  for (const auto& [name, tensor] : file.tensors()) writer.add(name, tensor.format, tensor.shape, tensor.bytes);
  writer.write(copy);
  EXPECT_EQ(read_file(copy), read_file(path_));
  fs::remove(copy);
}

TEST_F(Gguf, AnotherTypeThanWantedIsAnError) {
  write();
  const GgufFile file(path_);
  EXPECT_THROW(file.integer("general.architecture"), Error);
  EXPECT_THROW(file.text("llama.block_count"), Error);
  EXPECT_THROW(file.boolean("llama.block_count"), Error);
  EXPECT_THROW(file.number("general.architecture"), Error);
  EXPECT_THROW(file.integer("llama.rope.freq_base"), Error);
  EXPECT_THROW(file.texts("tokenizer.ggml.token_type"), Error);
  EXPECT_THROW(file.integers("tokenizer.ggml.scores"), Error);
  EXPECT_THROW(file.numbers("general.architecture"), Error);
}

TEST_F(Gguf, CountsAndLengthsAtTheEdgeOf64BitsAreRefused) {
  const std::string whole = written();
  const std::uint64_t edges[] = {~0ull,      ~0ull - 7,    1ull << 63,   (1ull << 63) - 1, 1ull << 62, 1ull << 61,
                                 1ull << 60, (1ull << 32), (1ull << 31), whole.size() + 1, ~0ull / 32, ~0ull / 18};
  const auto type_of = [](std::uint32_t element) {
    std::string out(8, '\0');
    const std::uint32_t array = 9;
    std::memcpy(out.data(), &array, 4);
    std::memcpy(out.data() + 4, &element, 4);
    return out;
  };
  for (const std::uint64_t edge : edges) {
    write_changed(whole, "GGUF", 4, edge);
    expect_refused("tensors do not fit");
    write_changed(whole, "GGUF", 12, edge);
    expect_refused("metadata values do not fit");
    write_changed(whole, "GGUF", 20, edge);  // the length of the first key
    expect_refused("a text of");
    write_changed(whole, "general.architecture", 4, edge);
    expect_refused("a text of");
    write_changed(whole, "tokenizer.ggml.tokens" + type_of(8), 0, edge);
    expect_refused("texts of an array do not fit");
    write_changed(whole, "tokenizer.ggml.tokens" + type_of(8), 8, edge);
    expect_refused("a text of");
    write_changed(whole, "tokenizer.ggml.token_type" + type_of(5), 0, edge);
    expect_refused("integers of an array do not fit");
    write_changed(whole, "tokenizer.ggml.scores" + type_of(6), 0, edge);
    expect_refused("numbers of an array do not fit");
    const std::string tensor("\1\0\0\0\0\0\0\0w\2\0\0\0", 13);
    write_changed(whole, tensor, 0, edge);  // contiguous size
    EXPECT_THROW(GgufFile{path_}, Error) << edge;
    write_changed(whole, tensor, 8, edge);  // rows
    EXPECT_THROW(GgufFile{path_}, Error) << edge;
    write_changed(whole, tensor, 20, edge & ~31ull);
    expect_refused("lies outside the file");
  }
}

TEST_F(Gguf, WhatIsInconsistentIsRefused) {
  const std::string whole = written();
  const std::string tensor("\1\0\0\0\0\0\0\0w\2\0\0\0", 13);
  write_changed(whole, "GGUF", 0, std::uint32_t{1});
  expect_refused("version 1");
  write_changed(whole, "GGUF", 0, std::uint32_t{0x03000000});
  expect_refused("big-endian");
  write_raw("GGML" + whole.substr(4));
  expect_refused("does not begin with GGUF");
  write_changed(whole, "general.alignment", 4, std::uint32_t{0});
  expect_refused("alignment of 0");
  write_changed(whole, "general.alignment", 4, std::uint32_t{33});
  expect_refused("alignment of 33");
  write_changed(whole, "general.alignment", 0, std::uint32_t{13});
  expect_refused("value type 13");
  write_changed(whole, "tokenizer.ggml.scores", 4, std::uint32_t{9});
  expect_refused("array of arrays");
  write_changed(whole, "tokenizer.ggml.add_bos_token", 4, std::uint8_t{2});
  expect_refused("truth value of 2");
  write_changed(whole, tensor.substr(0, 9), 0, std::uint32_t{5});
  expect_refused("5 dimensions");
  write_changed(whole, tensor, 0, std::uint64_t{0});
  expect_refused("size of 0");
  write_changed(whole, tensor, 16, std::uint32_t{6});
  expect_refused("format 6");
  write_changed(whole, tensor, 16, std::uint32_t{2});
  expect_refused("no whole blocks");
  write_changed(whole, tensor, 20, std::uint64_t{8});
  expect_refused("not aligned");
  write_changed(whole, tensor, 20, std::uint64_t{32});
  expect_refused("overlap");
  std::string twice = whole;
  twice[twice.find(tensor) + 8] = 'b';
  write_raw(twice);
  expect_refused("appears twice");
  twice = whole;
  twice.replace(twice.find("tokenizer.ggml.tokens"), 21, "tokenizer.ggml.scores");
  write_raw(twice);
  expect_refused("given twice");
}

TEST_F(Gguf, EveryTruncationIsRefused) {
  const std::string whole = written();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write_raw(whole.substr(0, length));
    // Only the padding after the last tensor may be missing.
    if (length < whole.size() - 8) {
      EXPECT_THROW(GgufFile{path_}, Error) << length;
    } else {
      EXPECT_NO_THROW(GgufFile{path_}) << length;
    }
  }
}

TEST_F(Gguf, RandomDamageThrowsNothingButError) {
  const std::string whole = written();
  RandomStream random(7, "damage");
  for (int round = 0; round < 2000; ++round) {
    std::string damaged = whole;
    for (std::uint64_t n = 1 + random.below(3); n > 0; --n)
      damaged[random.below(damaged.size())] ^= static_cast<char>(1 << random.below(8));
    write_raw(damaged);
    try {
      const GgufFile file(path_);
      for (const auto& [name, tensor] : file.tensors()) EXPECT_LE(tensor.bytes.size(), whole.size());
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kData);
    }
  }
}

}  // namespace genre
