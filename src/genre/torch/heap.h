// The heap of whatever is linked with libtorch: jemalloc, which finds the room of freed tensors again where that of
// glibc leaves holes.
#pragma once

namespace genre::trainer {

// Gives what is free back to the system at once, and not within seconds.
void release_free_memory();

}  // namespace genre::trainer
