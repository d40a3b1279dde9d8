// What a training will take at its peak, before it does: what is there once model and optimizer are, and what steps of
// a quarter and a half of the largest batch take, drawn out to the whole of it.
#pragma once

#include <cstdint>

namespace genre::trainer {

// Bytes. The peak is the largest of what is reached at different times, not their sum.
struct MemoryPlan {
  std::int64_t parameters = 0, gradients = 0, optimizer = 0, averages = 0;
  std::int64_t base = 0;                   // the program, libtorch, examples and the states behind frozen layers
  std::int64_t activations = 0;            // of the largest batch, with what products need beside them
  std::int64_t start = 0;                  // peak so far: while the model was read
  std::int64_t holes = 0;                  // what the heap and products hold beside tensors
  std::int64_t step = 0;                   // peak of a step of the largest batch
  std::int64_t measuring = 0;              // peak of measuring the validation part
  std::int64_t end = 0;                    // peak while the best weights are read and the model is written
  std::int64_t examples = 0, longest = 0;  // of the largest batch; tokens of its longest example

  std::int64_t peak() const;
};

}  // namespace genre::trainer
