// What a model answered when it was written, kept beside its weights and asked again when it is opened: a machine, a
// build or a file that makes another model of the same weights is found before it answers anybody.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "genre/base/safetensors.h"
#include "genre/engine/user_histories.h"
#include "genre/rec/recommender.h"

namespace genre {

struct GoldenQueries {
  std::vector<std::int32_t> users;    // Q, spread over those with a liked item
  std::vector<std::uint8_t> known;    // Q: asked as that user, or as a stranger with the same history
  std::vector<std::int64_t> offsets;  // Q + 1
  std::vector<std::int32_t> items;    // of the lists, best first, 100 a query at most
  std::vector<float> scores;
};

// 64 queries, half of them known users; 4 where an answer takes the run of a language model.
GoldenQueries ask_golden_queries(const Recommender& model, const UserHistories& histories);

// What is different now, for people, or "" where at most a tenth of the lists is. A list is another one where a score
// is, by more than 1e-4 of the largest (1e-2 where language models are asked), or the order of items whose scores are
// further apart than that.
std::string changed_answer(const Recommender& model, const UserHistories& histories, const GoldenQueries& golden);

// Views of the writer live as long as `golden`.
void save_golden_queries(const GoldenQueries& golden, SafetensorsWriter& out);
// Throws Error(kData) naming the tensor at fault.
GoldenQueries read_golden_queries(const SafetensorsFile& in, std::int64_t users, std::int64_t items);

}  // namespace genre
