// GGUF files: read, their metadata asked for by every type, their tensors dequantised and written again.
#include <algorithm>

#include "genre/base/error.h"
#include "genre/base/gguf.h"
#include "genre/nn/blocks.h"
#include "memory_file.h"

namespace {

// Asks for a value by a type that it may not have.
void try_all_types(const genre::GgufFile& file, const std::string& key) {
  const auto quietly = [](const auto& ask) {
    try {
      ask();
    } catch (const genre::Error&) {
    }
  };
  quietly([&] { file.integer(key); });
  quietly([&] { file.number(key); });
  quietly([&] { file.boolean(key); });
  quietly([&] { file.text(key); });
  quietly([&] { file.texts(key); });
  quietly([&] { file.integers(key); });
  quietly([&] { file.numbers(key); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const genre::MemoryFile memory;
  memory.write(data, size);
  try {
    const genre::GgufFile file(memory.path());
    for (const auto& [key, unused] : file.metadata()) try_all_types(file, key);
    for (const auto& [name, tensor] : file.tensors()) {
      std::vector<float> elements(static_cast<std::size_t>(tensor.elements()));
      genre::nn::dequantise(tensor.format, tensor.bytes, elements);
      if (std::ranges::any_of(elements, [](float v) { return !(v - v == 0); })) continue;
      std::vector<std::byte> again(tensor.bytes.size());
      genre::nn::quantise(tensor.format, elements, again);
    }
  } catch (const genre::Error&) {
  }
  return 0;
}
