#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "genre/base/random.h"
#include "genre/nn/blocks.h"

namespace genre::nn {

TEST(FiniteBlocks, SeesWhatDequantisingWouldShow) {
  RandomStream random(7, "finite blocks");
  for (const auto format : {BlockFormat::kF32, BlockFormat::kF16, BlockFormat::kBF16, BlockFormat::kQ8_0,
                            BlockFormat::kQ4_0, BlockFormat::kQ4_1, BlockFormat::kQ4_K, BlockFormat::kQ6_K}) {
    std::vector<float> elements(1024), back(1024);
    for (auto& v : elements) v = static_cast<float>(random.normal());
    std::vector<std::byte> bytes(
        static_cast<std::size_t>(1024 / block_shape(format).elements * block_shape(format).bytes));
    quantise(format, elements, bytes);
    ASSERT_TRUE(finite(format, bytes)) << block_format_name(format);
    int faults = 0;
    for (int trial = 0; trial < 2000; ++trial) {
      std::vector<std::byte> damaged = bytes;
      const std::uint64_t infinity = 0x7F807C007F807C00u;  // holds that of every width
      std::memcpy(damaged.data() + random.below(damaged.size() - 1),
                  reinterpret_cast<const char*>(&infinity) + random.below(4), 2);
      dequantise(format, damaged, back);
      bool truth = true;
      for (const float v : back) truth = truth && std::isfinite(v);
      ASSERT_EQ(finite(format, damaged), truth) << block_format_name(format);
      faults += truth ? 0 : 1;
    }
    EXPECT_GT(faults, 0) << block_format_name(format);
  }
}

}  // namespace genre::nn
