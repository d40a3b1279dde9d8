// Damaged model files: an Error, or a model that runs; never a crash. Under the asan preset reads beyond a file show.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/lm/convert.h"
#include "genre/lm/decoder.h"
#include "genre/lm/tiny_decoder_test.h"

namespace genre {
namespace fs = std::filesystem;

class HostileModels : public TinyDecoderFiles, public testing::WithParamInterface<const char*> {
 protected:
  int loaded_ = 0, refused_ = 0;
  fs::path model_, file_;  // what a Decoder opens, and the file that is damaged

  void SetUp() override {
    TinyDecoder::named("llama").write(folder_ / "llama");
    model_ = folder_ / "llama";
    file_ = model_ / "model.safetensors";
    if (GetParam() == std::string("gguf")) {
      convert_model(model_, folder_ / "llama.gguf");
      model_ = file_ = folder_ / "llama.gguf";
    }
  }
  void try_to_run() {
    try {
      const Decoder decoder(model_, DecoderPrecision::kNative);
      KvCache cache(decoder.config());
      const std::vector<std::int32_t> ids = {1, 2};
      const DecoderSlice slice{&cache, ids, 1};
      decoder.forward({&slice, 1});
      ++loaded_;
    } catch (const Error& e) {
      EXPECT_TRUE(e.code() == ErrorCode::kData || e.code() == ErrorCode::kNotFound || e.code() == ErrorCode::kResources)
          << e.what();
      EXPECT_FALSE(e.message().empty());
      ++refused_;
    }
  }
  // Changes bytes in place, without the sync of an atomic write.
  void put(std::size_t at, std::string_view bytes) const {
    const int fd = open(file_.c_str(), O_WRONLY | O_CLOEXEC);
    ASSERT_GE(fd, 0);
    ASSERT_EQ(pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at)), static_cast<ssize_t>(bytes.size()));
    close(fd);
  }
};

TEST_P(HostileModels, TruncatedAtEach4KiBAreRefused) {
  const std::string whole = read_file(file_);
  ASSERT_GT(whole.size(), 3u * 4096);
  for (std::size_t length = (whole.size() - 64) / 4096 * 4096; length > 0; length -= 4096) {
    fs::resize_file(file_, length);
    try_to_run();
  }
  EXPECT_EQ(loaded_, 0);
  EXPECT_GE(refused_, 3);
}

TEST_P(HostileModels, With10000FlippedBitsOneByOneRunOrAreRefused) {
  const std::string whole = read_file(file_);
  RandomStream random(7, "flips");
  for (int round = 0; round < 10000; ++round) {
    // Every other in the first bytes, where counts and offsets are.
    const std::size_t at = random.below(round % 2 == 0 ? 4096 : whole.size());
    const char damaged = static_cast<char>(whole[at] ^ 1 << random.below(8));
    put(at, {&damaged, 1});
    try_to_run();
    put(at, {&whole[at], 1});
  }
  EXPECT_GT(loaded_, 1000);
  EXPECT_GT(refused_, 100);
}

TEST_P(HostileModels, WithNumbersAtTheEdgeOf64BitsRunOrAreRefused) {
  const std::string whole = read_file(file_);
  const std::uint64_t edges[] = {0,          1,     0x7FFFFFFF, 0xFFFFFFFF, 1ull << 32, (1ull << 63) - 1,
                                 1ull << 63, ~0ull, ~0ull - 31};
  for (std::size_t at = 0; at + 8 <= std::min<std::size_t>(whole.size(), 4096); at += 4) {
    for (const std::uint64_t edge : edges) {
      put(at, {reinterpret_cast<const char*>(&edge), 8});
      try_to_run();
    }
    put(at, {&whole[at], 8});
  }
  EXPECT_GT(refused_, 100);
}

TEST_P(HostileModels, WithoutATensorOrWithAnotherShapeNameIt) {
  const TinyDecoder whole = TinyDecoder::named("llama");
  const auto refused = [&](const TinyDecoder& tiny, const std::string& what) {
    fs::remove_all(folder_ / "changed");
    tiny.write(folder_ / "changed");
    fs::path path = folder_ / "changed";
    try {
      if (GetParam() == std::string("gguf")) {
        convert_model(path, folder_ / "changed.gguf");
        path = folder_ / "changed.gguf";
      }
      Decoder decoder(path, DecoderPrecision::kFp32);
      ADD_FAILURE() << "accepted: " << what;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kData) << what;
      EXPECT_NE(e.message().find("tensor '"), std::string::npos) << e.message();
    }
  };
  for (const auto& [name, tensor] : whole.tensors) {
    if (name == "lm_head.weight") continue;  // its absence may mean a shared table
    TinyDecoder changed = whole;
    changed.tensors.erase(name);
    refused(changed, "without " + name);
    changed = whole;
    auto& shape = changed.tensors[name].shape;
    shape.size() == 1      ? void(shape.insert(shape.begin(), 1))
    : shape[0] == shape[1] ? void(shape = {shape[0] / 2, shape[1] * 2})
                           : std::swap(shape[0], shape[1]);
    if (tensor.shape.size() == 2) refused(changed, "another shape of " + name);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, HostileModels, testing::Values("safetensors", "gguf"),
                         [](const auto& kind) { return std::string(kind.param); });

}  // namespace genre
