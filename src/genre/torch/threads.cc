#include "genre/torch/threads.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <thread>

namespace genre::trainer {

void set_threads(int threads) {
  at::set_num_threads(threads > 0 ? threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
  at::set_num_interop_threads(1);
}

}  // namespace genre::trainer
