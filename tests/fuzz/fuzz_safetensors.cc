// Safetensors files: read, and every tensor asked for as floats and summed.
#include "genre/base/error.h"
#include "genre/base/safetensors.h"
#include "memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const genre::MemoryFile memory;
  static volatile float sink;
  memory.write(data, size);
  try {
    const genre::SafetensorsFile file(memory.path());
    for (const auto& [name, tensor] : file.tensors()) {
      for (const std::byte b : tensor.bytes) sink = sink + static_cast<float>(b);
      try {
        for (const float v : file.values<float>(name, tensor.shape)) sink = sink + v;
      } catch (const genre::Error&) {
      }
    }
  } catch (const genre::Error&) {
  }
  return 0;
}
