// What models of one evaluation are called.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "genre/rec/recommender.h"

namespace genre {

// Each differs from the others: the name, and where names repeat the parameters that differ both from
// the defaults and between models of that name, "ease l2=100"; long values in few characters where that is enough.
std::vector<std::string> model_labels(const std::vector<std::shared_ptr<RecommenderOptions>>& models);

}  // namespace genre
