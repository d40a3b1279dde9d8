#include "genre/linalg/npy.h"

#include <gtest/gtest.h>

#include <cstring>

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

}  // namespace genre
