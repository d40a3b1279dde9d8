#include "genre/rec/tensors.h"

#include <fmt/format.h>

#include <algorithm>

#include "genre/base/error.h"

namespace genre {

void require_fitted(const Recommender& model) {
  if (model.items() == 0)
    throw Error(ErrorCode::kRuntime, fmt::format("{} has not been fitted", model.name()), "call fit or load first");
}

void require_interactions(std::string_view model, const TrainingData& data) {
  if (data.interactions.nonzeros() == 0)
    throw Error(ErrorCode::kData, fmt::format("{} has no interaction to learn from", model),
                "check [data.events]: which events count as positive, and [data.split]: what is left for training");
}

void require_item_vectors(std::string_view model, const TrainingData& data) {
  if (data.item_vectors.empty())
    throw Error(ErrorCode::kData, fmt::format("{} needs the text of the items as vectors, and there are none", model),
                "add [lm] and [item_text] to the configuration, or choose a model without text");
  if (data.item_vectors.rows() != data.interactions.cols)
    throw Error(ErrorCode::kData, fmt::format("{} wants one vector an item: {} items, found {} vectors", model,
                                              data.interactions.cols, data.item_vectors.rows()));
}

void require_text_width(const Query& query, std::int64_t width) {
  if (std::ssize(query.text) != width)
    throw Error(
        ErrorCode::kData,
        fmt::format("the text of a query is a vector of {}, wanted {} as the items have", query.text.size(), width),
        "encode it with the language model of the items");
}

void bad_tensor(const SafetensorsFile& in, const std::string& name, const std::string& fault) {
  throw Error(ErrorCode::kData, fmt::format("tensor '{}' {}", name, fault), "train the model again",
              {.file = in.path().string()});
}

Matrix read_matrix(const SafetensorsFile& in, const std::string& name) {
  const auto values = in.values<float>(name, {-1, -1});
  const auto& shape = in.at(name).shape;
  Matrix out(shape[0], shape[1]);
  std::copy(values.begin(), values.end(), out.data());
  return out;
}

}  // namespace genre
