#include "genre/base/fetch.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/sha256.h"

namespace genre {
namespace fs = std::filesystem;

class FetchTest : public testing::Test {
 protected:
  fs::path folder_ = fs::path(testing::TempDir()) / ("fetch_test-" + std::to_string(getpid()));
  void SetUp() override { write_file_atomic(folder_ / "source/sub/a.txt", "hello"); }
  void TearDown() override { fs::remove_all(folder_); }
  FetchRecipe recipe(const std::string& text) const {
    return {"toy",
            {{"sub/a.txt", sha256_hex(text)}},
            {{FetchSource::Kind::kHttps, "file://" + (folder_ / "source").string(), ""}}};
  }
};

TEST_F(FetchTest, GetsAndVerifiesThenKeeps) {
  EXPECT_EQ(read_file(fetch(recipe("hello"), folder_ / "target") / "sub/a.txt"), "hello");
  fs::remove_all(folder_ / "source");
  EXPECT_NO_THROW(fetch(recipe("hello"), folder_ / "target"));
}

TEST_F(FetchTest, WrongDigestLeavesNothingAndNamesTheManualStep) {
  try {
    fetch(recipe("other"), folder_ / "target");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kDependency);
    EXPECT_NE(e.message().find("SHA-256"), std::string::npos);
    EXPECT_NE(e.hint().find("sub/a.txt"), std::string::npos);
  }
  EXPECT_FALSE(fs::exists(folder_ / "target"));
}

TEST_F(FetchTest, WithoutAPublishedDigestTheFirstDownloadIsTheRecord) {
  FetchRecipe open = recipe("hello");
  open.files[0].sha256.clear();
  fetch(open, folder_ / "target");
  EXPECT_EQ(read_file(folder_ / "target/sub/a.txt.sha256"), sha256_hex("hello") + "  sub/a.txt\n");
  write_file_atomic(folder_ / "target/sub/a.txt", "damaged");
  fetch(open, folder_ / "target");  // fetched again, since it differs from the record
  EXPECT_EQ(read_file(folder_ / "target/sub/a.txt"), "hello");
}

TEST_F(FetchTest, SecondSourceIsTriedWhenTheFirstFails) {
  FetchRecipe two = recipe("hello");
  two.sources.insert(two.sources.begin(), {FetchSource::Kind::kHttps, "file:///nonexistent", ""});
  EXPECT_NO_THROW(fetch(two, folder_ / "target"));
}

}  // namespace genre
