#include "genre/rec/registry.h"

#include <algorithm>

#include "genre/base/error.h"
#include "genre/base/text_distance.h"
#include "genre/rec/admm_slim.h"
#include "genre/rec/cascade.h"
#include "genre/rec/ease.h"
#include "genre/rec/hybrid_ease.h"
#include "genre/rec/item_knn.h"
#include "genre/rec/lm_content.h"
#include "genre/rec/p3alpha.h"
#include "genre/rec/popularity.h"
#include "genre/rec/random.h"
#include "genre/rec/rp3beta.h"
#include "genre/rec/slim.h"

namespace genre {
namespace {

template <class Options>
std::shared_ptr<RecommenderOptions> make() {
  return std::make_shared<Options>();
}

}  // namespace

const std::vector<RecommenderType>& recommender_types() {
  static const std::vector<RecommenderType> kTypes = {
      {"random", "baseline", "random lists, the same for the same seed and user", &make<RandomOptions>},
      {"popularity", "baseline", "the items with the most interactions, for everybody", &make<PopularityOptions>},
      {"item_knn", "neighbourhood", "items whose users are alike (Deshpande and Karypis 2004)", &make<ItemKnnOptions>},
      {"p3alpha", "graph", "random walks of three steps with tempered probabilities (Cooper et al. 2014)",
       &make<P3alphaOptions>},
      {"rp3beta", "graph", "p3alpha with a discount for popular items (Paudel et al. 2017)", &make<Rp3betaOptions>},
      {"ease", "linear", "linear item-item weights in closed form (Steck 2019)", &make<EaseOptions>},
      {"slim", "linear", "sparse item-item weights, an elastic net a column (Ning and Karypis 2011)",
       &make<SlimOptions>},
      {"admm_slim", "linear", "SLIM solved for all columns at once, popular items held back (Steck et al. 2020)",
       &make<AdmmSlimOptions>},
      {"lm_content", "content",
       "items whose text is near to the history's, by language-model vectors (Lops et al. 2011)",
       &make<LmContentOptions>},
      {"hybrid_ease", "hybrid", "EASE with language-model vectors as side information (Jeunen et al. 2020)",
       &make<HybridEaseOptions>},
      {"cascade", "combination", "candidates from one model, their order from another (Covington et al. 2016)",
       &make<CascadeOptions>},
  };
  return kTypes;
}

std::vector<config::Alternative> recommender_alternatives() {
  std::vector<config::Alternative> out;
  for (const RecommenderType& type : recommender_types())
    out.push_back({type.name, type.doc, [make = type.make] { return std::shared_ptr<config::NamedOptions>(make()); }});
  return out;
}

std::shared_ptr<RecommenderOptions> make_recommender_options(const std::string& name) {
  std::vector<std::string> names;
  for (const RecommenderType& type : recommender_types()) {
    if (type.name == name) return type.make();
    names.push_back(type.name);
  }
  const auto nearest = nearest_name(name, names);
  throw Error(ErrorCode::kConfig, "recommender \"" + name + "\" is unknown",
              nearest ? "did you mean \"" + *nearest + "\"?" : "`genre models` lists them", {.key = "model.name"});
}

}  // namespace genre
