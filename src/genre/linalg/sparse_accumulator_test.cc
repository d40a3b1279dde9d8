#include "genre/linalg/sparse_accumulator.h"

#include <gtest/gtest.h>

#include <map>

#include "genre/base/random.h"

namespace genre {

TEST(SparseAccumulator, SumsEqualThoseOfAMapFewOrMany) {
  RandomStream random(3, "sparse_accumulator_test");
  for (const std::int64_t size : {1, 50, 1000}) {
    SparseAccumulator accumulator(size);
    for (int round = 0; round < 50; ++round) {
      std::map<std::int32_t, double> wanted, found;
      std::vector<std::vector<std::int32_t>> rows;
      std::int64_t additions = 0;
      for (std::uint64_t r = random.below(20); r > 0; --r) {
        std::vector<std::int32_t> row;
        for (std::int32_t i = 0; i < size; ++i)
          if (random.below(size) < 4) row.push_back(i);
        additions += static_cast<std::int64_t>(row.size());
        rows.push_back(row);
      }
      accumulator.expect(additions);
      for (const auto& row : rows) {
        std::vector<float> values;
        for (std::size_t n = 0; n < row.size(); ++n) values.push_back(static_cast<float>(random.below(3)) - 1);
        const bool ones = random.below(2) == 0;
        accumulator.add(2, row, ones ? std::span<const float>() : values);
        for (std::size_t n = 0; n < row.size(); ++n) wanted[row[n]] += 2.0 * (ones ? 1 : values[n]);
      }
      std::erase_if(wanted, [](const auto& entry) { return entry.second == 0; });
      std::int32_t last = -1;
      accumulator.drain([&](std::int32_t index, double sum) {
        EXPECT_GT(index, last);
        last = index;
        found[index] = sum;
      });
      ASSERT_EQ(found, wanted) << size << ", round " << round;
    }
  }
}

}  // namespace genre
