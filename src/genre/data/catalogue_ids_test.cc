#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "genre/data/data_toml_test.h"
#include "genre/data/prepare.h"
#include "genre/data/temporary_folder.h"

namespace genre {
namespace {

using testing::ElementsAre;

Dataset of_catalogues(const std::string& toml) {
  const auto& folder = temporary_folder().path();
  return prepare(data_options(toml + "[data.split]\nkind = \"none\"\n"), folder, 7, folder / "catalogue_ids.csv")
      .dataset;
}

TEST(CatalogueIds, OfSeveralCataloguesStayApart) {
  temporary_folder().write("books.txt", "1 7 8\n");
  temporary_folder().write("films.txt", "1 7\n2 8\n");
  temporary_folder().write("books.csv", "id,title\n7,A book\n,none\n");
  temporary_folder().write("films.csv", "id,title\n7,A film\n");
  const auto source = [](const std::string& name) {
    return "[[data.interactions]]\npath = \"" + name + ".txt\"\nformat = \"lists\"\ncatalogue = \"" + name +
           "\"\n[[data.items]]\npath = \"" + name + ".csv\"\ncatalogue = \"" + name + "\"\n";
  };
  const Dataset dataset = of_catalogues(source("books") + source("films"));
  EXPECT_THAT(dataset.users.all(), ElementsAre("books:1", "films:1", "films:2"));
  EXPECT_THAT(dataset.items.all(), ElementsAre("books:7", "books:8", "films:7", "films:8"));
  EXPECT_THAT(dataset.interactions.user, ElementsAre(0, 0, 1, 2));
  EXPECT_THAT(dataset.interactions.item, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(dataset.item_fields.get("title", 0), "A book");
  EXPECT_EQ(dataset.item_fields.get("title", 2), "A film");
  EXPECT_EQ(dataset.rejected, 1);  // the book without an id
}

TEST(CatalogueIds, AreNoLongerThanOthers) {
  temporary_folder().write("long.csv", "user,item\n" + std::string(250, 'u') + ",a\nv,b\nv,c\nw,b\n");
  const Dataset dataset = of_catalogues("[[data.interactions]]\npath = \"long.csv\"\ncatalogue = \"catalogue\"\n");
  EXPECT_THAT(dataset.users.all(), ElementsAre("catalogue:v", "catalogue:w"));
  EXPECT_EQ(dataset.rejected, 1);
}

}  // namespace
}  // namespace genre
