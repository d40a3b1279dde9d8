#include "genre/torch/device.h"

#include <torch/torch.h>

#include "genre/base/error.h"

namespace genre::trainer {

torch::Device find_device(const std::string& name, int process) {
  const bool available = name != "cpu" && torch::cuda::is_available();
  if (name == "cuda" && !available)
    throw Error(
        ErrorCode::kConfig,
        torch::hasCUDA() ? "libtorch finds no CUDA device" : "the libtorch that this was built with has no CUDA",
        torch::hasCUDA() ? "set it to cpu, or see what nvidia-smi says"
                         : "set it to cpu, or build with a libtorch for CUDA: cmake -DGENRE_TORCH=FOLDER",
        {.key = "finetune.device"});
  if (!available) return torch::kCPU;
  const auto count = static_cast<int>(torch::cuda::device_count());
  return {torch::kCUDA, static_cast<torch::DeviceIndex>(process % count)};
}

}  // namespace genre::trainer
