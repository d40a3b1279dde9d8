// Where graphs are computed.
#pragma once

#include <torch/types.h>

#include <string>

namespace genre::trainer {

// What finetune.device names: "cpu", "cuda", or "auto", which is CUDA where libtorch has it and it has a device. Of
// several devices, that of process number `process`. Throws Error(kConfig) for "cuda" where there is none.
torch::Device find_device(const std::string& name, int process = 0);

}  // namespace genre::trainer
