// Memory of this program and of the machine.
#pragma once

#include <cstdint>

namespace genre {

// What this program holds now.
std::int64_t resident_bytes();

// What this program could hold in all: what it has and what the machine, or the control group that it runs in, has left
// without swapping. 0 where the system does not say.
std::int64_t attainable_bytes();

}  // namespace genre
