#include "genre/torch/dropout.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <cmath>
#include <cstdint>

namespace genre::trainer {
namespace {

constexpr std::uint32_t kSteps = 1 << 16;

// A 64-bit number for each place of a stream: SplitMix64.
std::uint64_t random_bits(std::uint64_t seed, std::uint64_t place) {
  std::uint64_t z = seed + (place + 1) * 0x9E3779B97F4A7C15;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}

// Four numbers of the mask come from each 64 bits.
template <class T>
void fill(T* mask, std::int64_t size, std::uint64_t seed, std::uint32_t dropped, T kept) {
  constexpr std::int64_t kGroups = 4096;
  at::parallel_for(0, (size + 3) / 4, kGroups, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t group = begin; group < end; ++group) {
      const std::uint64_t bits = random_bits(seed, static_cast<std::uint64_t>(group));
      const std::int64_t first = 4 * group, count = std::min<std::int64_t>(4, size - first);
      for (std::int64_t i = 0; i < count; ++i)
        mask[first + i] = (bits >> (16 * i) & (kSteps - 1)) < dropped ? T(0) : kept;
    }
  });
}

// The same mask as above, by arithmetic of the device itself, whose whole numbers wrap too.
torch::Tensor mask_on(torch::Device device, std::int64_t size, std::uint64_t seed, std::uint32_t dropped) {
  const auto number = [](std::uint64_t bits) { return static_cast<std::int64_t>(bits); };
  const auto shifted = [](const torch::Tensor& z, std::int64_t by) {  // as an unsigned number
    return torch::bitwise_right_shift(z, by).bitwise_and((std::int64_t{1} << (64 - by)) - 1);
  };
  torch::Tensor z =
      torch::arange(1, (size + 3) / 4 + 1, torch::dtype(torch::kInt64).device(device)) * number(0x9E3779B97F4A7C15) +
      number(seed);
  z = z.bitwise_xor(shifted(z, 30)) * number(0xBF58476D1CE4E5B9);
  z = z.bitwise_xor(shifted(z, 27)) * number(0x94D049BB133111EB);
  z = z.bitwise_xor(shifted(z, 31));
  std::vector<torch::Tensor> parts;
  for (const std::int64_t by : {0, 16, 32, 48})
    parts.push_back(torch::bitwise_right_shift(z, by).bitwise_and(std::int64_t{kSteps - 1}));
  return torch::stack(parts, 1).flatten().slice(0, 0, size) >= static_cast<std::int64_t>(dropped);
}

}  // namespace

torch::Tensor drop(const torch::Tensor& x, double probability) {
  if (probability <= 0) return x;
  const auto dropped = static_cast<std::uint32_t>(std::lround(probability * kSteps));
  const float kept = static_cast<float>(kSteps) / static_cast<float>(kSteps - dropped);
  const auto seed = static_cast<std::uint64_t>(torch::randint(INT64_MAX, {1}, torch::kInt64).item<std::int64_t>());
  if (!x.is_cpu())
    return x * (mask_on(x.device(), x.numel(), seed, dropped).to(x.scalar_type()) * kept).view(x.sizes());
  const torch::Tensor mask = torch::empty(x.sizes(), x.options());
  if (x.scalar_type() == torch::kBFloat16)
    fill(mask.data_ptr<at::BFloat16>(), mask.numel(), seed, dropped, at::BFloat16(kept));
  else
    fill(mask.data_ptr<float>(), mask.numel(), seed, dropped, kept);
  return x * mask;
}

}  // namespace genre::trainer
