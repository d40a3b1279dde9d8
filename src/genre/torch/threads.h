// Threads of libtorch.
#pragma once

namespace genre::trainer {

// As many as the global pool has for the same number; 0: all cores.
void set_threads(int threads);

}  // namespace genre::trainer
