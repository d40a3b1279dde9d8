// What a model that learns one thing after another forgets.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace genre {

struct Forgetting {
  double forgetting = 0;  // mean over all slices but the last: the best value that was had of it, less that at the end
  double final_mean = 0;  // over all slices, at the end
};

// Of a matrix (S x S) whose row i has the value of `metric` on the test part of each slice behind training i. Where
// smaller values are better, forgetting is how much larger the last one is. Forgetting of one slice is NaN. Source:
// Chaudhry et al., "Riemannian Walk for Incremental Learning" (2018).
Forgetting forgetting_of(std::span<const std::vector<double>> matrix, std::string_view metric);

}  // namespace genre
