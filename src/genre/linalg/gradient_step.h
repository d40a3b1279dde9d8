// Stochastic gradient steps on factor vectors of n floats, in place. One thread.
#pragma once

#include <cstdint>

namespace genre {

// u . (i - j)
float pair_difference(const float* u, const float* i, const float* j, std::int64_t n);
// u += step (i - j) - decay u, i += step u - decay i, j += -step u - decay j, all from the values before.
void pair_step(float* u, float* i, float* j, std::int64_t n, float step, float decay);
// u += step i - decay u, i += step u - decay i, from the values before.
void point_step(float* u, float* i, std::int64_t n, float step, float decay);

}  // namespace genre
