#include "genre/lm/catalogue.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <set>

#include "genre/base/error.h"
#include "genre/base/gguf.h"
#include "genre/lm/sentence_config.h"

namespace genre {
namespace fs = std::filesystem;

TEST(Catalogue, EveryModelIsDescribed) {
  std::set<std::string> names;
  for (const auto& model : catalogue_models()) {
    EXPECT_TRUE(names.insert(model.name).second);
    EXPECT_FALSE(model.doc.empty() || model.licence.empty() || model.repository.empty() ||
                 model.recipe.sources.empty());
    for (const auto& file : model.recipe.files) EXPECT_EQ(file.sha256.size(), 64u) << file.name;
  }
}

TEST(Catalogue, AModelIsFetchedWithTheSizeAndDimensionThatItSays) {
  for (const auto& model : catalogue_models()) {
    const fs::path folder = resolve_model(model.name);
    std::int64_t bytes = 0;
    for (const auto& file : model.recipe.files) bytes += static_cast<std::int64_t>(fs::file_size(folder / file.name));
    EXPECT_EQ(bytes, model.bytes);
    if (model.family == "bert") {
      EXPECT_EQ(read_sentence_config(folder).dimension(), model.dimension);
    } else {
      const GgufFile file(folder / model.recipe.files.front().name);
      EXPECT_EQ(file.text("general.architecture"), model.family);
      EXPECT_EQ(file.integer(model.family + ".embedding_length"), model.dimension);
    }
  }
}

TEST(Catalogue, AFolderStandsForItself) {
  const fs::path folder = fs::path(testing::TempDir()) / ("model-" + std::to_string(getpid()));
  fs::create_directories(folder);
  EXPECT_EQ(resolve_model(folder.string()), folder);
  fs::remove_all(folder);
}

TEST(Catalogue, AnUnknownNameIsToldTheNearest) {
  try {
    resolve_model("all-MiniLM-L6");
    ADD_FAILURE();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kNotFound);
    EXPECT_NE(e.hint().find("all-MiniLM-L6-v2"), std::string::npos);
  }
}

}  // namespace genre
