#include "genre/data/id_interner.h"

#include <gtest/gtest.h>

#include <map>

#include "genre/base/random.h"

namespace genre {

TEST(IdInterner, NumbersByFirstAppearanceAsAMapWould) {
  RandomStream random(9, "ids");
  IdInterner ids;
  std::map<std::string, std::int32_t> truth;
  for (int i = 0; i < 50000; ++i) {
    const std::string id = std::to_string(random.below(20000) * 999999937) + std::string(random.below(3), '\0');
    const auto number = truth.try_emplace(id, static_cast<std::int32_t>(truth.size())).first->second;
    ASSERT_EQ(ids.intern(id), number);
  }
  ASSERT_EQ(ids.size(), static_cast<std::int32_t>(truth.size()));
  for (const auto& [id, number] : truth) {
    EXPECT_EQ(ids.find(id), number);
    EXPECT_EQ(ids.id(number), id);
  }
  EXPECT_FALSE(ids.find("none"));
  EXPECT_FALSE(IdInterner().find(""));
}

}  // namespace genre
