#include "genre/serve/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace genre {

using testing::HasSubstr;
using testing::Not;

TEST(Page, FilesAreThoseOfTheWebFolder) {
  for (const auto& [path, type, bytes] : page_files()) {
    const std::string name = path == "/" ? "/index.html" : std::string(path);
    std::ifstream file(std::string(GENRE_SOURCE_DIR) + "/web" + name, std::ios::binary);
    EXPECT_EQ(bytes, std::string(std::istreambuf_iterator<char>(file), {})) << name;
    EXPECT_FALSE(bytes.empty()) << name;
  }
}

TEST(Page, AsksNoOtherServerAndWritesNoMarkup) {
  for (const auto& [path, type, bytes] : page_files()) {
    const std::string text(bytes);
    for (const char* forbidden : {"http://", "https://", "innerHTML", "outerHTML", "insertAdjacentHTML",
                                  "document.write", "eval(", " style=", "onclick=", "<script>"})
      EXPECT_THAT(text, Not(HasSubstr(forbidden))) << path;
  }
  EXPECT_THAT(std::string(kContentSecurityPolicy), HasSubstr("default-src 'none'"));
  EXPECT_THAT(std::string(kContentSecurityPolicy), Not(HasSubstr("unsafe")));
}

}  // namespace genre
