#include "genre/lm/vector_cache.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "genre/base/file.h"
#include "genre/base/log.h"
#include "genre/lm/catalogue.h"

namespace genre {
namespace fs = std::filesystem;

class VectorCache : public testing::Test {
 protected:
  fs::path folder_ = fs::path(testing::TempDir()) / ("vectors-" + std::to_string(getpid()));
  void SetUp() override { set_log_level(LogLevel::kError); }
  void TearDown() override {
    set_log_level(LogLevel::kInfo);
    fs::remove_all(folder_);
  }

  static const TextEncoder& encoder() {
    static const TextEncoder encoder(resolve_model("all-MiniLM-L6-v2"), {});
    return encoder;
  }
  CachedVectors encode(const std::vector<std::string>& texts) {
    return cached_encode(folder_, encoder().id(), 384, encoder, texts);
  }
  CachedVectors look_up(const std::vector<std::string>& texts) {
    return cached_encode(
        folder_, encoder().id(), 384, []() -> const TextEncoder& { throw std::logic_error("the model is not wanted"); },
        texts);
  }
  fs::path file() const { return folder_ / (encoder().id() + ".safetensors"); }
  static void expect_rows(const CachedVectors& found, const std::vector<std::string>& texts) {
    ASSERT_EQ(found.vectors.rows(), static_cast<std::int64_t>(texts.size()));
    for (std::size_t i = 0; i < texts.size(); ++i)
      EXPECT_TRUE(std::ranges::equal(found.vectors.row(static_cast<std::int64_t>(i)), encoder().encode_one(texts[i]),
                                     [](float a, float b) { return std::abs(a - b) < 1e-6f; }))
          << texts[i];
  }
};

TEST_F(VectorCache, EncodesOnlyWhatIsNew) {
  const std::vector<std::string> first = {"a film", "a serum", "a film"}, second = {"a song", "a serum", ""};
  const auto one = encode(first);
  EXPECT_EQ(one.embedded, 2);
  expect_rows(one, first);
  const auto two = encode(second);
  EXPECT_EQ(two.embedded, 2);
  expect_rows(two, second);
}

TEST_F(VectorCache, ACompleteCacheNeedsNoModel) {
  encode({"a", "b", "c", "d"});
  const auto found = look_up({"d", "b"});
  EXPECT_EQ(found.embedded, 0);
  expect_rows(found, {"d", "b"});
  EXPECT_EQ(look_up({}).vectors.rows(), 0);
}

TEST_F(VectorCache, ADamagedFileIsWrittenAnew) {
  encode({"a", "b"});
  const std::string whole = read_file(file());
  for (std::size_t i = 0; i < whole.size(); i += i < 400 ? 37 : 389) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 4);
    write_file_atomic(file(), damaged);
    const auto found = encode({"a", "b"});
    EXPECT_EQ(found.embedded, 2) << "byte " << i;
    EXPECT_EQ(read_file(file()), whole);
    write_file_atomic(file(), std::string_view(whole).substr(0, i));
    EXPECT_EQ(encode({"a", "b"}).embedded, 2);
  }
  EXPECT_EQ(look_up({"a", "b"}).embedded, 0);
}

TEST_F(VectorCache, AnotherDimensionIsNotMistakenForThisOne) {
  encode({"a"});
  EXPECT_THROW(cached_encode(
                   folder_, encoder().id(), 192, []() -> const TextEncoder& { throw std::logic_error("asked"); },
                   std::vector<std::string>{"a"}),
               std::logic_error);
}

}  // namespace genre
