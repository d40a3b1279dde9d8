// Checks that every recommender makes at the edges of its life: before it is fitted, on its data, on its file.
#pragma once

#include <string>
#include <vector>

#include "genre/rec/recommender.h"

namespace genre {

// Throws Error(kRuntime) when the model has neither been fitted nor loaded.
void require_fitted(const Recommender& model);

// Throws Error(kData) when there is no interaction.
void require_interactions(std::string_view model, const TrainingData& data);

// Throws Error(kData) unless there is one vector for each item of the interactions.
void require_item_vectors(std::string_view model, const TrainingData& data);

// Throws Error(kData) unless the text of a query, which has one, is as long as those of items.
void require_text_width(const Query& query, std::int64_t width);

// The R x C float tensor `name`. Throws Error(kData) when it is missing or no matrix of floats.
Matrix read_matrix(const SafetensorsFile& in, const std::string& name);

// The vector `name` of T. Throws Error(kData) when it is missing or of another form.
template <class T>
std::vector<T> read_vector(const SafetensorsFile& in, const std::string& name) {
  const auto values = in.values<T>(name, {-1});
  return {values.begin(), values.end()};
}

// A fault in what a file holds, as Error(kData) that names tensor and file.
[[noreturn]] void bad_tensor(const SafetensorsFile& in, const std::string& name, const std::string& fault);

}  // namespace genre
