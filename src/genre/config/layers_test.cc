#include "genre/config/layers.h"

#include <gtest/gtest.h>

#include <fstream>

#include "genre/base/error.h"
#include "genre/config/schema.h"

namespace genre::config {

TEST(ReadLayers, SettingsWinOverEnvironmentOverFile) {
  const std::string path = testing::TempDir() + "layers_test.toml";
  std::ofstream(path) << "seed = 1\n[serve]\nport = 1\naddress = 'x'\n";
  const Value document = read_layers(
      {.file = path,
       .settings = {"seed=3", "serve.port=4"},
       .environment = {"GENRE_SEED=2", "GENRE_SERVE__PORT=2", "GENRE_SERVE__ADDRESS=0.0.0.0", "GENRE_CACHE=/tmp"}});
  EXPECT_EQ(to_json(document).dump(), R"({"seed":3,"serve":{"address":"0.0.0.0","port":4}})");
}

TEST(ReadLayers, SettingWithoutKeyIsAUsageError) {
  for (const char* setting : {"seed", "=3"}) {
    try {
      read_layers({.settings = {setting}});
      FAIL();
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kUsage);
    }
  }
}

TEST(ReadLayers, MissingFileIsNotFound) {
  try {
    read_layers({.file = "/no/such/file.toml"});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kNotFound);
  }
}

}  // namespace genre::config
