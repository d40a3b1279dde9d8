#include "genre/base/file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "genre/base/error.h"

namespace genre {
namespace fs = std::filesystem;

class FileTest : public testing::Test {
 protected:
  fs::path folder_ = fs::path(testing::TempDir()) / ("file_test-" + std::to_string(getpid()));
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  std::size_t entries() const { return std::distance(fs::directory_iterator(folder_), fs::directory_iterator()); }
};

TEST_F(FileTest, AtomicWriteRoundTripsAndReplaces) {
  write_file_atomic(folder_ / "a/b.txt", "one");
  write_file_atomic(folder_ / "a/b.txt", std::string("two\0three", 9));
  EXPECT_EQ(read_file(folder_ / "a/b.txt"), std::string("two\0three", 9));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "a"), fs::directory_iterator()), 1);
}

TEST_F(FileTest, FolderAppearsWholeOrNotAtAll) {
  write_folder_atomic(folder_ / "artifact", [](const fs::path& into) { std::ofstream(into / "x") << "1"; });
  EXPECT_EQ(read_file(folder_ / "artifact/x"), "1");
  EXPECT_THROW(write_folder_atomic(folder_ / "artifact",
                                   [](const fs::path& into) {
                                     std::ofstream(into / "x") << "2";
                                     throw Error(ErrorCode::kInterrupted, "stop");
                                   }),
               Error);
  EXPECT_EQ(read_file(folder_ / "artifact/x"), "1");
  write_folder_atomic(folder_ / "artifact", [](const fs::path& into) { std::ofstream(into / "y") << "3"; });
  EXPECT_FALSE(fs::exists(folder_ / "artifact/x"));
  EXPECT_EQ(entries(), 1u);
}

TEST_F(FileTest, MissingFileIsNotFoundAndFolderIsRefused) {
  try {
    MappedFile file(folder_ / "absent");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kNotFound);
  }
  EXPECT_THROW(read_file(folder_), Error);
}

TEST_F(FileTest, MapsWholeAndEmptyFiles) {
  write_file_atomic(folder_ / "empty", "");
  write_file_atomic(folder_ / "full", "bytes");
  EXPECT_TRUE(MappedFile(folder_ / "empty").bytes().empty());
  EXPECT_EQ(MappedFile(folder_ / "full").bytes().size(), 5u);
}

TEST_F(FileTest, SecondLockIsRefusedUntilTheFirstEnds) {
  {
    const FileLock first(folder_ / "lock");
    EXPECT_THROW(FileLock(folder_ / "lock"), Error);
  }
  EXPECT_NO_THROW(FileLock(folder_ / "lock"));
}

}  // namespace genre
