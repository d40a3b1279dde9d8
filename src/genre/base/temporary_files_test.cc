#include "genre/base/temporary_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <set>

namespace genre {
namespace {

namespace fs = std::filesystem;

TEST(TemporaryFiles, AreRemovedAndNothingElse) {
  const fs::path folder = fs::path(testing::TempDir()) / ("temporary_files-" + std::to_string(getpid()));
  fs::create_directories(folder);
  const fs::path file = folder / "last.safetensors", other = folder / ".hidden", ours = temporary_beside(file),
                 folders = temporary_beside(folder / "model");
  EXPECT_NE(ours, temporary_beside(file));
  for (const fs::path& one : {file, other, ours, folder / "notes.tmp-1"}) std::ofstream(one) << "bytes";
  fs::create_directory(folders);
  std::ofstream(folders / "inside") << "bytes";
  remove_temporaries(folder);
  std::set<std::string> left;
  for (const auto& entry : fs::directory_iterator(folder)) left.insert(entry.path().filename().string());
  EXPECT_THAT(left, testing::ElementsAre(".hidden", "last.safetensors", "notes.tmp-1"));
  fs::remove_all(folder);
  remove_temporaries(folder);  // a folder that is not there has none
}

}  // namespace
}  // namespace genre
