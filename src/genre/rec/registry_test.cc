#include "genre/rec/registry.h"

#include <gtest/gtest.h>

#include <set>

#include "genre/base/error.h"

namespace genre {
namespace {

TEST(Registry, EveryEntryMakesOptionsOfItsName) {
  std::set<std::string> names;
  for (const RecommenderType& type : recommender_types()) {
    EXPECT_EQ(type.make()->name(), type.name);
    EXPECT_FALSE(type.doc.empty()) << type.name;
    EXPECT_TRUE(names.insert(type.name).second) << type.name << " twice";
  }
}

TEST(Registry, EveryFieldIsDocumented) {
  for (const RecommenderType& type : recommender_types()) {
    const auto options = type.make();
    config::Fields fields;
    options->fields(fields);
    for (const auto& field : fields.all()) EXPECT_FALSE(field.doc.empty()) << type.name << "." << field.name;
  }
}

TEST(Registry, AlternativesAreTheSameList) {
  const auto alternatives = recommender_alternatives();
  ASSERT_EQ(alternatives.size(), recommender_types().size());
  for (const auto& alternative : alternatives) EXPECT_EQ(alternative.make()->name(), alternative.name);
}

TEST(Registry, AnUnknownNameIsAnsweredWithTheNearest) {
  try {
    make_recommender_options("hybrid_eas");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kConfig);
    EXPECT_EQ(error.hint(), "did you mean \"hybrid_ease\"?");
  }
}

}  // namespace
}  // namespace genre
