// How good predictions are beside the labels of examples: the values that tasks report.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "genre/linalg/matrix.h"

namespace genre {

// Whether a smaller value of that name is the better one.
bool lower_is_better(std::string_view metric);

// The chance that a positive example scores above a negative one, as eval/pointwise.h has it.
double area_under_curve(std::span<const std::pair<double, bool>> scored);

using Values = std::map<std::string, double>;  // by name

// Of logits (N x L, N > 0) and the number of each true label: loss (mean cross-entropy), accuracy, macro_f1 over the
// labels that occur or are found; of two labels auc, the second being the positive one.
Values one_label_values(ConstMatrixView logits, std::span<const std::int64_t> truth);

// Of logits (N x L, N > 0) and the true labels of each text: loss (binary cross-entropy, the mean over texts and
// labels); accuracy: texts with exactly their labels; micro_f1, macro_f1 with a label found above probability 1/2.
Values many_label_values(ConstMatrixView logits, std::span<const std::vector<std::int32_t>> truth);

// Of numbers (N > 0): loss (the mean square), rmse, mae, pearson, spearman; a correlation of values that are all equal
// is NaN.
Values number_values(std::span<const float> found, std::span<const double> truth);

// Of scores of candidates and how good they are, where `begins` are the first candidates of the queries: ndcg@10 with
// gain 2^label - 1 and mrr of the first label above 0, over queries that have one. Of equal scores the worse candidate
// comes first: a model that says nothing earns nothing.
Values ranking_values(std::span<const float> scores, std::span<const double> labels,
                      std::span<const std::size_t> begins);

}  // namespace genre
