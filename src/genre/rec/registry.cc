#include "genre/rec/registry.h"

#include <algorithm>
#include <cassert>

#include "genre/base/error.h"
#include "genre/base/text_distance.h"
#include "genre/rec/admm_slim.h"
#include "genre/rec/alpha_rec.h"
#include "genre/rec/als.h"
#include "genre/rec/association_rules.h"
#include "genre/rec/bert4rec.h"
#include "genre/rec/bias.h"
#include "genre/rec/biased_mf.h"
#include "genre/rec/bm25.h"
#include "genre/rec/bpr.h"
#include "genre/rec/cascade.h"
#include "genre/rec/deepfm.h"
#include "genre/rec/ease.h"
#include "genre/rec/ensemble.h"
#include "genre/rec/fm.h"
#include "genre/rec/gru4rec.h"
#include "genre/rec/hstu.h"
#include "genre/rec/hybrid_als.h"
#include "genre/rec/hybrid_ease.h"
#include "genre/rec/hybrid_knn.h"
#include "genre/rec/ials.h"
#include "genre/rec/item_knn.h"
#include "genre/rec/lightgcn.h"
#include "genre/rec/lm_content.h"
#include "genre/rec/lm_rank.h"
#include "genre/rec/lm_sasrec.h"
#include "genre/rec/logistic_mf.h"
#include "genre/rec/markov.h"
#include "genre/rec/mmoe.h"
#include "genre/rec/multi_vae.h"
#include "genre/rec/neumf.h"
#include "genre/rec/nmf.h"
#include "genre/rec/p3alpha.h"
#include "genre/rec/popularity.h"
#include "genre/rec/pure_svd.h"
#include "genre/rec/random.h"
#include "genre/rec/rec_vae.h"
#include "genre/rec/recent_popularity.h"
#include "genre/rec/rp3beta.h"
#include "genre/rec/sasrec.h"
#include "genre/rec/session_knn.h"
#include "genre/rec/similarity_regression.h"
#include "genre/rec/slim.h"
#include "genre/rec/slope_one.h"
#include "genre/rec/svdpp.h"
#include "genre/rec/text_classifier.h"
#include "genre/rec/tfidf.h"
#include "genre/rec/tiger.h"
#include "genre/rec/two_tower.h"
#include "genre/rec/unisrec.h"
#include "genre/rec/user_knn.h"
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
      {"recent_popularity", "baseline", "the items with the most recent interactions, for everybody (Ji et al. 2020)",
       &make<RecentPopularityOptions>},
      {"bias", "baseline", "ratings from how generous users and how well liked items are (Koren 2010)",
       &make<BiasOptions>},
      {"item_knn", "neighbourhood", "items whose users are alike (Deshpande and Karypis 2004)", &make<ItemKnnOptions>},
      {"user_knn", "neighbourhood", "what users like who are alike (Resnick et al. 1994)", &make<UserKnnOptions>},
      {"similarity_regression", "neighbourhood",
       "ratings as a line over what was given to similar items, by gradient descent",
       &make<SimilarityRegressionOptions>},
      {"slope_one", "neighbourhood", "ratings from mean differences of pairs (Lemire and Maclachlan 2005)",
       &make<SlopeOneOptions>},
      {"association_rules", "neighbourhood", "who took this took that (Agrawal et al. 1993)",
       &make<AssociationRulesOptions>},
      {"markov", "neighbourhood", "what came right after (Shani et al. 2005)", &make<MarkovOptions>},
      {"session_knn", "neighbourhood", "what those took who lately took the same (Jannach and Ludewig 2017)",
       &make<SessionKnnOptions>},
      {"p3alpha", "graph", "random walks of three steps with tempered probabilities (Cooper et al. 2014)",
       &make<P3alphaOptions>},
      {"rp3beta", "graph", "p3alpha with a discount for popular items (Paudel et al. 2017)", &make<Rp3betaOptions>},
      {"ease", "linear", "linear item-item weights in closed form (Steck 2019)", &make<EaseOptions>},
      {"slim", "linear", "sparse item-item weights, an elastic net a column (Ning and Karypis 2011)",
       &make<SlimOptions>},
      {"admm_slim", "linear", "SLIM solved for all columns at once, popular items held back (Steck et al. 2020)",
       &make<AdmmSlimOptions>},
      {"pure_svd", "factor", "the leading singular vectors of the interactions (Cremonesi et al. 2010)",
       &make<PureSvdOptions>},
      {"biased_mf", "factor", "ratings as biases and a product of factors (Koren et al. 2009)", &make<BiasedMfOptions>},
      {"svdpp", "factor", "biased_mf in which what was rated counts beside how (Koren 2008)", &make<SvdppOptions>},
      {"nmf", "factor", "parts that only add up: non-negative factors (Lee and Seung 1999)", &make<NmfOptions>},
      {"als", "factor", "alternating least squares on ratings (Zhou et al. 2008)", &make<AlsOptions>},
      {"ials", "factor", "alternating least squares on implicit feedback (Hu et al. 2008)", &make<IalsOptions>},
      {"bpr", "factor", "Bayesian personalised ranking: positives before others (Rendle et al. 2009)",
       &make<BprOptions>},
      {"warp", "factor", "pairs weighted by how badly the positive is ranked (Weston et al. 2011)", &make<WarpOptions>},
      {"logistic_mf", "factor", "the probability of an interaction (Johnson 2014)", &make<LogisticMfOptions>},
      {"fm", "factor", "factorisation machine over user, item and item fields (Rendle 2010)", &make<FmOptions>},
      {"tfidf", "content", "items whose words are the history's, in the vector space model (Salton and Buckley 1988)",
       &make<TfidfOptions>},
      {"bm25", "content", "items that a search for the history's words finds (Robertson and Zaragoza 2009)",
       &make<Bm25Options>},
      {"lm_content", "content",
       "items whose text is near to the history's, by language-model vectors (Lops et al. 2011)",
       &make<LmContentOptions>},
      {"hybrid_ease", "hybrid", "EASE with language-model vectors as side information (Jeunen et al. 2020)",
       &make<HybridEaseOptions>},
      {"hybrid_als", "hybrid", "ials with item vectors tied to text and fields (Agarwal and Chen 2009)",
       &make<HybridAlsOptions>},
      {"hybrid_knn", "hybrid", "items alike by their users and by text or features (Burke 2002)",
       &make<HybridKnnOptions>},
      {"multi_vae", "neural", "a variational autoencoder of histories (Liang et al. 2018)", &make<MultiVaeOptions>},
      {"rec_vae", "neural", "multi_vae with a deeper encoder, learning by turns (Shenbin et al. 2020)",
       &make<RecVaeOptions>},
      {"two_tower", "neural",
       "an encoder of items beside one of histories, parts of your choice (Covington et al. 2016)",
       &make<TwoTowerOptions>},
      {"gru4rec", "sequence", "what comes next, by gated recurrent units (Hidasi et al. 2016)", &make<Gru4RecOptions>},
      {"lightgcn", "neural", "vectors that spread over the graph of interactions (He et al. 2020)",
       &make<LightGcnOptions>},
      {"neumf", "neural", "a learnt function of user and item: a product, a tower of layers, or both (He et al. 2017)",
       &make<NeuMfOptions>},
      {"deepfm", "neural",
       "a factorisation machine and a tower of layers over the same factors, fields and text too (Guo et al. 2017)",
       &make<DeepFmOptions>},
      {"mmoe", "neural", "who touches what and how they rate it, by experts that both tasks share (Ma et al. 2018)",
       &make<MmoeOptions>},
      {"sasrec", "sequence", "what comes next, by self-attention over the history (Kang and McAuley 2018)",
       &make<SasRecOptions>},
      {"lm_sasrec", "sequence", "sasrec whose items are texts to a language model, new ones too (Hou et al. 2022)",
       &make<LmSasRecOptions>},
      {"unisrec", "sequence",
       "what comes next among items that are texts alone, learnt across catalogues (Hou et al. 2022)",
       &make<UniSRecOptions>},
      {"bert4rec", "sequence", "what comes next, from both directions, learnt by masking items (Sun et al. 2019)",
       &make<Bert4RecOptions>},
      {"hstu", "sequence", "what comes next, by transduction units: gated pointwise attention (Zhai et al. 2024)",
       &make<HstuOptions>},
      {"text_classifier", "language model",
       "items of the classes that a language model reads from a history or from words (Saerens et al. 2002)",
       &make<TextClassifierOptions>},
      {"alpha_rec", "language model",
       "users and items that are text to a language model and nothing else, spread over the graph (Sheng et al. 2025)",
       &make<AlphaRecOptions>},
      {"tiger", "language model",
       "the next item's id, code by code, where ids are quantised texts, new items too (Rajput et al. 2023)",
       &make<TigerOptions>},
      {"lm_rank", "language model",
       "few candidates in the order in which a decoder, or a classifier of yes and no, would recommend them (Bao et "
       "al. "
       "2023)",
       &make<LmRankOptions>},
      {"cascade", "combination", "candidates from one model, their order from another (Covington et al. 2016)",
       &make<CascadeOptions>},
      {"ensemble", "combination", "the weighted scores of several models, brought to one scale (Burke 2002)",
       &make<EnsembleOptions>},
  };
  return kTypes;
}

std::vector<config::Alternative> recommender_alternatives() {
  std::vector<config::Alternative> out;
  for (const RecommenderType& type : recommender_types())
    out.push_back({type.name, type.doc, [make = type.make] { return std::shared_ptr<config::NamedOptions>(make()); }});
  return out;
}

RecommenderOptions& recommender_options(const std::shared_ptr<config::NamedOptions>& chosen) {
  auto* const options = dynamic_cast<RecommenderOptions*>(chosen.get());
  assert(options != nullptr);
  return *options;
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
