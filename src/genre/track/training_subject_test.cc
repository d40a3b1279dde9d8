#include "genre/track/training_subject.h"

#include <gtest/gtest.h>

#include "genre/config/toml.h"

namespace genre {

TEST(FlatSettings, KeysAreDottedAndListsOfTablesNumbered) {
  const auto value = config::parse_toml(R"(
seed = 7
[finetune]
ratio = [0.8, 0.1, 0.1]
tune = "lora"
folds = 0
empty = []
[[finetune.examples]]
part = "train"
columns = { text = 0, label = "l" }
[[finetune.examples]]
part = ""
[optimizer]
learning_rate = 1e-4
nesterov = false
)",
                                        "test.toml");
  using Settings = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(flat_settings(value), (Settings{{"finetune.empty", ""},
                                            {"finetune.examples.0.columns.label", "l"},
                                            {"finetune.examples.0.columns.text", "0"},
                                            {"finetune.examples.0.part", "train"},
                                            {"finetune.examples.1.part", ""},
                                            {"finetune.folds", "0"},
                                            {"finetune.ratio", "0.8, 0.1, 0.1"},
                                            {"finetune.tune", "lora"},
                                            {"optimizer.learning_rate", "0.0001"},
                                            {"optimizer.nesterov", "false"},
                                            {"seed", "7"}}));
}

}  // namespace genre
