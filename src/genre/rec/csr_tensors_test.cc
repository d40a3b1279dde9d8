#include "genre/rec/csr_tensors.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "genre/base/error.h"

namespace genre {
namespace {

TEST(CsrTensors, AMatrixThatIsNoneIsRefused) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "csr_tensors.safetensors";
  const auto read = [&](std::vector<std::int64_t> offsets, std::vector<std::int32_t> indices) {
    const std::vector<float> values(2, 1.0f);
    SafetensorsWriter out;
    out.add("m.offsets", std::span<const std::int64_t>(offsets), {static_cast<std::int64_t>(offsets.size())});
    out.add("m.indices", std::span<const std::int32_t>(indices), {static_cast<std::int64_t>(indices.size())});
    out.add("m.values", std::span<const float>(values), {2});
    out.write(path);
    return read_csr(SafetensorsFile(path), "m.");
  };
  EXPECT_EQ(read({0, 1, 2}, {1, 0}).cols, 2);
  EXPECT_THROW(read({0, 2, 2}, {1, 0}), Error);     // out of order
  EXPECT_THROW(read({0, 2, 2}, {0, 0}), Error);     // twice
  EXPECT_THROW(read({0, 1, 2}, {0, 2}), Error);     // past the end
  EXPECT_THROW(read({0, 1, 2}, {-1, 1}), Error);    // before the start
  EXPECT_THROW(read({0, 2, 1}, {0, 1}), Error);     // offsets go back
  EXPECT_THROW(read({1, 1, 2}, {0, 1}), Error);     // and do not start at 0
  EXPECT_THROW(read({0, 1, 2}, {0, 1, 1}), Error);  // another length
}

}  // namespace
}  // namespace genre
