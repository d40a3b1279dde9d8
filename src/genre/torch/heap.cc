#include "genre/torch/heap.h"

#include <jemalloc/jemalloc.h>

#include <string>

// Read by jemalloc before main() begins. Threads that compute allocate little, so that tensors find each other's room
// in one arena.
const char* malloc_conf = "narenas:1";

namespace genre::trainer {

void release_free_memory() {
  mallctl(("arena." + std::to_string(MALLCTL_ARENAS_ALL) + ".purge").c_str(), nullptr, nullptr, nullptr, 0);
}

}  // namespace genre::trainer
