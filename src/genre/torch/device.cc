#include "genre/torch/device.h"

#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/torch.h>

#include "genre/base/error.h"

namespace genre::trainer {

torch::Device find_device(const std::string& name, int process) {
  const bool available = name != "cpu" && torch::cuda::is_available();
  const bool known = c10::impl::hasDeviceGuardImpl(torch::kCUDA);
  if (name == "cuda" && !available)
    throw Error(ErrorCode::kConfig,
                known ? "libtorch finds no CUDA device" : "the libtorch that this was built with has no CUDA",
                known ? "set it to cpu, or see what nvidia-smi says"
                      : "set it to cpu, or build with a libtorch for CUDA: cmake -DGENRE_TORCH=FOLDER",
                {.key = "finetune.device"});
  if (!available) return torch::kCPU;
  const auto count = static_cast<int>(torch::cuda::device_count());
  return {torch::kCUDA, static_cast<torch::DeviceIndex>(process % count)};
}

}  // namespace genre::trainer
