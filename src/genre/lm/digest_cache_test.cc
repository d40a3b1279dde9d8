#include "genre/lm/digest_cache.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/sha256.h"

namespace genre {
namespace fs = std::filesystem;

class RememberedDigest : public testing::Test {
 protected:
  fs::path folder_ = fs::path(testing::TempDir()) / ("digests-" + std::to_string(getpid()));
  fs::path file_ = folder_ / "large";
  std::string bytes_ = std::string(2 << 20, 'a');
  std::string cache_before_;

  void SetUp() override {
    if (const char* const value = std::getenv("GENRE_CACHE")) cache_before_ = value;
    setenv("GENRE_CACHE", (folder_ / "cache").c_str(), 1);
    write_file_atomic(file_, bytes_);
  }
  void TearDown() override {
    cache_before_.empty() ? unsetenv("GENRE_CACHE") : setenv("GENRE_CACHE", cache_before_.c_str(), 1);
    fs::remove_all(folder_);
  }
  std::size_t entries() const {
    const fs::path folder = folder_ / "cache" / "digests";
    return fs::exists(folder) ? std::distance(fs::directory_iterator(folder), fs::directory_iterator()) : 0;
  }
  void age() { usleep(2'100'000); }
};

TEST_F(RememberedDigest, IsThatOfTheFile) {
  EXPECT_EQ(remembered_sha256(file_), sha256_hex(bytes_));
  EXPECT_EQ(entries(), 0u);  // too young to be trusted
  age();
  EXPECT_EQ(remembered_sha256(file_), sha256_hex(bytes_));
  EXPECT_EQ(entries(), 1u);
  EXPECT_EQ(remembered_sha256(file_), sha256_hex(bytes_));

  bytes_[1 << 20] = 'b';
  write_file_atomic(file_, bytes_);
  EXPECT_EQ(remembered_sha256(file_), sha256_hex(bytes_));
}

TEST_F(RememberedDigest, ADamagedEntryIsNotBelieved) {
  age();
  remembered_sha256(file_);
  for (const auto& entry : fs::directory_iterator(folder_ / "cache" / "digests")) {
    write_file_atomic(entry.path(), read_file(entry.path()).substr(1));
    EXPECT_EQ(remembered_sha256(file_), sha256_hex(bytes_));
  }
}

TEST_F(RememberedDigest, AMissingFileIsNotFound) { EXPECT_THROW(remembered_sha256(folder_ / "none"), Error); }

}  // namespace genre
