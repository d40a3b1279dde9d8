#include "genre/rec/registry.h"

#include <algorithm>

#include "genre/base/error.h"
#include "genre/base/text_distance.h"
#include "genre/rec/als.h"
#include "genre/rec/biased_mf.h"
#include "genre/rec/bpr.h"
#include "genre/rec/cascade.h"
#include "genre/rec/ease.h"
#include "genre/rec/fm.h"
#include "genre/rec/hybrid_als.h"
#include "genre/rec/hybrid_ease.h"
#include "genre/rec/ials.h"
#include "genre/rec/item_knn.h"
#include "genre/rec/lm_content.h"
#include "genre/rec/logistic_mf.h"
#include "genre/rec/nmf.h"
#include "genre/rec/popularity.h"
#include "genre/rec/pure_svd.h"
#include "genre/rec/random.h"
#include "genre/rec/svdpp.h"
#include "genre/rec/warp.h"

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
      {"ease", "linear", "linear item-item weights in closed form (Steck 2019)", &make<EaseOptions>},
      {"lm_content", "content",
       "items whose text is near to the history's, by language-model vectors (Lops et al. 2011)",
       &make<LmContentOptions>},
      {"hybrid_ease", "hybrid", "EASE with language-model vectors as side information (Jeunen et al. 2020)",
       &make<HybridEaseOptions>},
      {"cascade", "combination", "candidates from one model, their order from another (Covington et al. 2016)",
       &make<CascadeOptions>},
      {"pure_svd", "factor", "the leading singular vectors of the interactions (Cremonesi et al. 2010)",
       &make<PureSvdOptions>},
      {"ials", "factor", "alternating least squares on implicit feedback (Hu et al. 2008)", &make<IalsOptions>},
      {"bpr", "factor", "Bayesian personalised ranking: positives before others (Rendle et al. 2009)",
       &make<BprOptions>},
      {"warp", "factor", "pairs weighted by how badly the positive is ranked (Weston et al. 2011)", &make<WarpOptions>},
      {"logistic_mf", "factor", "the probability of an interaction (Johnson 2014)", &make<LogisticMfOptions>},
      {"nmf", "factor", "parts that only add up: non-negative factors (Lee and Seung 1999)", &make<NmfOptions>},
      {"als", "factor", "alternating least squares on ratings (Zhou et al. 2008)", &make<AlsOptions>},
      {"biased_mf", "factor", "ratings as biases and a product of factors (Koren et al. 2009)", &make<BiasedMfOptions>},
      {"svdpp", "factor", "biased_mf in which what was rated counts beside how (Koren 2008)", &make<SvdppOptions>},
      {"fm", "factor", "factorisation machine over user, item and item fields (Rendle 2010)", &make<FmOptions>},
      {"hybrid_als", "hybrid", "ials with item vectors tied to text and fields (Agarwal and Chen 2009)",
       &make<HybridAlsOptions>},
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
