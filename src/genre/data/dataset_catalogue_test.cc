#include "genre/data/dataset_catalogue.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/config/fields.h"
#include "genre/config/toml.h"
#include "genre/data/item_features.h"
#include "genre/data/options.h"

namespace genre {

TEST(DatasetCatalogue, EveryVariantHasFilesSourcesLicenceAndAValidConfiguration) {
  for (const auto& dataset : catalogue_datasets()) {
    EXPECT_FALSE(dataset.licence.empty());
    EXPECT_TRUE(dataset.home.starts_with("https://"));
    ASSERT_FALSE(dataset.variants.empty());
    for (const auto& variant : dataset.variants) {
      EXPECT_FALSE(variant.recipe.sources.empty());
      for (const auto& file : variant.recipe.files) EXPECT_TRUE(file.sha256.empty() || file.sha256.size() == 64u);
      DataOptions data;
      ItemTextOptions text;
      ItemFeatureOptions features;
      config::Fields f;
      f.table("data", data, "");
      f.table("item_text", text, "");
      f.table("item_features", features, "");
      std::vector<config::Fault> faults;
      f.load(config::parse_toml(variant.config, dataset.name), "", faults);
      for (const auto& fault : faults) ADD_FAILURE() << fault.message << " " << fault.hint;
      EXPECT_EQ(data.name, dataset.name);
    }
  }
}

TEST(DatasetCatalogue, UnknownNameGivesTheNearest) {
  try {
    fetch_dataset("ml-100");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kNotFound);
    EXPECT_NE(e.hint().find("ml-100k"), std::string::npos);
  }
}

}  // namespace genre
