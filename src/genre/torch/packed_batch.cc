#include "genre/torch/packed_batch.h"

#include <torch/torch.h>

#include <algorithm>

namespace genre::trainer {
namespace {

torch::Tensor tensor_of(const std::vector<std::int64_t>& values) { return torch::tensor(values, torch::kInt64); }

}  // namespace

PackedBatch pack(std::span<const std::span<const std::int32_t>> sequences,
                 std::span<const std::span<const std::int32_t>> segments) {
  PackedBatch out;
  out.sequences = static_cast<std::int64_t>(sequences.size());
  bool ragged = false;
  for (const auto& one : sequences) {
    out.longest = std::max(out.longest, static_cast<std::int64_t>(one.size()));
    ragged = ragged || one.size() != sequences.front().size();
  }
  std::vector<std::int64_t> ids, positions, first, sequence, padded, place;
  std::vector<float> lengths, mask;
  for (std::int64_t b = 0; b < out.sequences; ++b) {
    const auto length = static_cast<std::int64_t>(sequences[b].size()), begin = static_cast<std::int64_t>(ids.size());
    first.push_back(begin);
    lengths.push_back(static_cast<float>(length));
    for (std::int64_t t = 0; t < out.longest; ++t) {
      padded.push_back(t < length ? begin + t : begin);
      mask.push_back(t < length ? 0.0f : kHidden);
      if (t >= length) continue;
      ids.push_back(sequences[b][t]);
      positions.push_back(t);
      sequence.push_back(b);
      place.push_back(b * out.longest + t);
    }
  }
  out.ids = tensor_of(ids);
  out.positions = tensor_of(positions);
  out.first = tensor_of(first);
  std::vector<std::int64_t> of_segment;
  for (const auto& one : segments) of_segment.insert(of_segment.end(), one.begin(), one.end());
  if (std::ranges::any_of(of_segment, [](std::int64_t s) { return s != 0; })) out.segments = tensor_of(of_segment);
  out.sequence = tensor_of(sequence);
  out.lengths = torch::tensor(lengths);
  if (!ragged) return out;
  out.padded = tensor_of(padded);
  out.place = tensor_of(place);
  out.mask = torch::tensor(mask).view({out.sequences, 1, 1, out.longest});
  return out;
}

PackedBatch on_device(PackedBatch batch, torch::Device device) {
  for (torch::Tensor* const one : {&batch.ids, &batch.segments, &batch.positions, &batch.first, &batch.sequence,
                                   &batch.lengths, &batch.padded, &batch.place, &batch.mask})
    if (one->defined()) *one = one->to(device);
  return batch;
}

}  // namespace genre::trainer
