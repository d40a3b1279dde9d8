#include "genre/rec/fm_inputs.h"

#include <fmt/format.h>

#include "genre/base/error.h"
#include "genre/rec/tensors.h"

namespace genre {

FmInputs fm_inputs(std::string_view model, const TrainingData& data, const std::string& side) {
  FmInputs out;
  if (side == "vectors" || side == "both") {
    require_item_vectors(model, data);
    out.vectors = data.item_vectors;
  }
  if ((side == "features" || side == "both") && data.item_features != nullptr && data.item_features->nonzeros() > 0) {
    if (data.item_features->rows != data.interactions.cols)
      throw Error(ErrorCode::kData, fmt::format("{} wants one row of features an item: {} items, found {} rows", model,
                                                data.interactions.cols, data.item_features->rows));
    out.features = data.item_features;
  }
  return out;
}

}  // namespace genre
