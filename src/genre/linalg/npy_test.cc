#include "genre/linalg/npy.h"

#include <gtest/gtest.h>

#include <cstring>

#include "genre/base/error.h"
#include "genre/base/file.h"

namespace genre {

TEST(WriteNpy, HeaderAndDataFollowTheFormat) {
  Matrix m(2, 3);
  for (int i = 0; i < 6; ++i) m.data()[i] = static_cast<float>(i);
  const std::string path = testing::TempDir() + "npy_test.npy";
  write_npy(path, m);
  const std::string bytes = read_file(path);
  ASSERT_EQ(bytes.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  const std::size_t header = static_cast<unsigned char>(bytes[8]) + 256u * static_cast<unsigned char>(bytes[9]);
  EXPECT_EQ((10 + header) % 64, 0u);
  EXPECT_NE(bytes.find("'shape': (2, 3)"), std::string::npos);
  ASSERT_EQ(bytes.size(), 10 + header + 24);
  EXPECT_EQ(std::memcmp(bytes.data() + 10 + header, m.data(), 24), 0);
}

TEST(ReadNpy, GivesBackWhatWasWritten) {
  Matrix m(3, 5);
  for (int i = 0; i < 15; ++i) m.data()[i] = static_cast<float>(i) / 7;
  const std::string path = testing::TempDir() + "npy_round.npy";
  write_npy(path, m);
  const Matrix read = read_npy(path);
  ASSERT_EQ(read.rows(), 3);
  ASSERT_EQ(read.cols(), 5);
  EXPECT_EQ(std::memcmp(read.data(), m.data(), 60), 0);
}

TEST(ReadNpy, EveryOtherFormIsRefused) {
  Matrix m(2, 3);
  const std::string path = testing::TempDir() + "npy_bad.npy";
  write_npy(path, m);
  const std::string good = read_file(path);
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string bytes = good;
    bytes.replace(bytes.find(from), from.size(), to);
    return bytes;
  };
  for (const std::string& bad : {std::string(), good.substr(0, 40), good.substr(0, good.size() - 1), good + "x",
                                 changed("<f4", "<i4"), changed("False", "True "), changed("(2, 3)", "(9, 3)"),
                                 changed("(2, 3)", "(2,)  "), changed("(2, 3)", "(-2,3)"), changed("NUMPY", "NUMPI")}) {
    write_file_atomic(path, bad);
    EXPECT_THROW(read_npy(path), Error) << bad.size();
  }
  EXPECT_THROW(read_npy("/nowhere.npy"), Error);
}

}  // namespace genre
