#include "genre/config/schema.h"

#include <gtest/gtest.h>

namespace genre::config {

TEST(Schema, ListsEveryKeyWithDefaultRangeAndMeaning) {
  double l2 = 250;
  std::string path;
  Fields f;
  f.table(
      "model", [&](Fields& inside) { inside.number("l2", l2, {.minimum = 0}, "penalty | weight"); }, "the model");
  f.text("name", path, "its name");
  EXPECT_EQ(schema_json(f).dump(),
            R"([{"key":"name","type":"text","default":"","range":"","meaning":"its name"},)"
            R"({"key":"model.l2","type":"number","default":250.0,"range":">= 0","meaning":"penalty | weight"}])");
  const std::string page = schema_markdown(f);
  EXPECT_NE(page.find("## `model`\nthe model\n"), std::string::npos) << page;
  EXPECT_NE(page.find("| `l2` | number | `250.0` | >= 0 | penalty \\| weight |"), std::string::npos) << page;
}

}  // namespace genre::config
