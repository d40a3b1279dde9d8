// Which network reads a history, and what it takes.
#pragma once

#include <functional>
#include <memory>

#include "genre/neural/hstu_reader.h"
#include "genre/neural/pooled_reader.h"
#include "genre/neural/recurrent_reader.h"
#include "genre/neural/transformer_reader.h"

namespace genre {

struct ReaderPlan {
  std::function<std::unique_ptr<neural::HistoryReader>(neural::Parameters&, RandomStream&)> make;
  std::int64_t numbers = 0;           // of its tensors
  std::int64_t numbers_of_token = 0;  // that a pass and its gradient hold at most, for each token
};

// Throws Error(kConfig) where heads cannot share the width, which users know as factors.
ReaderPlan reader_plan(const neural::TransformerShape& shape);
ReaderPlan reader_plan(const neural::HstuShape& shape);
ReaderPlan reader_plan(const neural::RecurrentShape& shape);
ReaderPlan reader_plan(const neural::PooledShape& shape);

}  // namespace genre
