// Dropout with masks that are cheap to draw: libtorch draws each number of a bf16 tensor by itself, which costs more
// than the products between.
#pragma once

#include <torch/types.h>

namespace genre::trainer {

// x with each number 0 with `probability` (in steps of 1/65536), the others scaled so that the mean stays. The mask
// follows from one number of torch's generator, whatever the number of threads and the device. x itself where the
// probability is 0.
torch::Tensor drop(const torch::Tensor& x, double probability);

}  // namespace genre::trainer
