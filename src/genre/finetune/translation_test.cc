#include "genre/finetune/translation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "genre/base/error.h"
#include "genre/base/file.h"

namespace genre {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class TranslationTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              ("translation-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    if (const char* before = std::getenv("GENRE_CACHE")) before_ = before;
    setenv("GENRE_CACHE", folder_.c_str(), 1);
  }
  void TearDown() override {
    before_.empty() ? unsetenv("GENRE_CACHE") : setenv("GENRE_CACHE", before_.c_str(), 1);
    fs::remove_all(folder_);
  }
  static std::string fault(const std::vector<std::string>& commands, ErrorCode code) {
    try {
      translated(std::vector<std::string>{"one", "two"}, commands);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code);
      EXPECT_EQ(error.place().key, "finetune.augmentation.translate");
      return error.message();
    }
    return "none";
  }
  fs::path folder_;
  std::string before_;
};

TEST_F(TranslationTest, GoesThroughEveryCommandLineByLine) {
  const std::vector<std::string> texts = {"one two", "three\nfour", "$HOME; ls"}, commands = {"tr a-z A-Z", "rev"};
  EXPECT_THAT(translated(texts, commands), ElementsAre("OWT ENO", "RUOF EERHT", "SL ;EMOH$"));
}

TEST_F(TranslationTest, IsNotComputedTwice) {
  const std::vector<std::string> texts = {"a"}, commands = {"tr a b"};
  translated(texts, commands);
  std::vector<fs::path> kept;
  for (const auto& entry : fs::directory_iterator(folder_ / "translations")) kept.push_back(entry.path());
  ASSERT_EQ(kept.size(), 1u);
  write_file_atomic(kept[0], "from the cache\n");
  EXPECT_THAT(translated(texts, commands), ElementsAre("from the cache"));
  EXPECT_THAT(translated(texts, std::vector<std::string>{"tr a c"}), ElementsAre("c"));
}

TEST_F(TranslationTest, ProgramsThatFailAreNamed) {
  EXPECT_THAT(fault({"no-such-translator eng-spa"}, ErrorCode::kDependency), HasSubstr("'no-such-translator' is not"));
  EXPECT_THAT(fault({"cat", "false"}, ErrorCode::kDependency), HasSubstr("'false' ended with code 1"));
  EXPECT_THAT(fault({"head -n 1"}, ErrorCode::kData), HasSubstr("wrote 1 lines for 2 texts"));
  EXPECT_THAT(fault({" "}, ErrorCode::kConfig), HasSubstr("is empty"));
  EXPECT_FALSE(fs::exists(folder_ / "translations"));
}

TEST_F(TranslationTest, ApertiumBringsEnglishBackInOtherWords) {
  const std::vector<std::string> texts = {"The company said its profit rose strongly", "Sales fell by 10 percent"};
  const std::vector<std::string> commands = {"apertium -f line -u eng-spa", "apertium -f line -u spa-eng"};
  const auto found = translated(texts, commands);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_THAT(found[0], HasSubstr("company said"));
  EXPECT_THAT(found[1], HasSubstr("10 percent"));
  for (std::size_t i = 0; i < 2; ++i) EXPECT_NE(found[i], texts[i]);
}

}  // namespace
}  // namespace genre
