// For tests: a second device, whose memory holds every byte inverted, so that code which takes a tensor of it for one
// of the processor reads nonsense, and whose kernels are the processor's. As those of a GPU they refuse tensors of
// both.
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace genre::trainer {

inline const torch::Device kSecondDevice = {torch::kPrivateUse1, 0};

// Bytes of it that are taken, and how many there are: more is an out-of-memory error. Not below zero: no limit.
std::int64_t second_device_bytes();
void limit_second_device(std::int64_t bytes);
// Times that a kernel has run on it.
std::int64_t second_device_kernels();

}  // namespace genre::trainer
