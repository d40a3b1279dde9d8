#include "genre/torch/compression.h"

#include <torch/torch.h>

#include "genre/lm/checkpoint.h"
#include "genre/nn/int8_matrix.h"
#include "genre/torch/straight_through.h"

namespace genre::trainer {
namespace {

MatrixView writable_view(const torch::Tensor& matrix) {
  return {matrix.data_ptr<float>(), matrix.size(0), matrix.size(1)};
}

// A weight (N x K) as nn::Int8Matrix holds it.
torch::Tensor rounded_weight(const torch::Tensor& weight) {
  const torch::NoGradGuard no_graph;
  const torch::Tensor whole = weight.detach().cpu().contiguous();
  const Matrix seen = nn::Int8Matrix::pack(writable_view(whole)).dequantised();
  return torch::from_blob(const_cast<float*>(seen.data()), whole.sizes()).clone().to(weight.device());
}

// Rows (T x K) as its product reads them.
torch::Tensor rounded_rows(const torch::Tensor& x) {
  const torch::NoGradGuard no_graph;
  const torch::Tensor out =
      x.detach().to(torch::kCPU, torch::kFloat32, /*non_blocking=*/false, /*copy=*/true).contiguous();
  nn::Int8Matrix::round_rows(writable_view(out), writable_view(out));
  return out.to(x.device(), x.scalar_type());
}

}  // namespace

Compression::Compression(const CompressionOptions& options, int first, Encoder& model, Parameters& parameters)
    : options_(options), parameters_(parameters) {
  const std::string projection(model.config().architecture->projection);
  std::vector<std::string> pruned;
  for (const Parameter& one : parameters.all()) {
    if (one.value.dim() != 2 || (one.depth == 0 && (projection.empty() || !one.name.ends_with(projection + ".weight"))))
      continue;
    weights_.insert(one.name);
    if (one.depth > first) pruned.push_back(one.name);
  }
  if (options.sparse != "none") {
    masks_ = std::make_unique<WeightMasks>(options, pruned, parameters);
    parameters.set_rule(masks_.get());
  }
  model.set_linear([this](const std::string& name, const torch::Tensor& x) { return product(name, x); });
}

torch::Tensor Compression::product(const std::string& name, const torch::Tensor& x) const {
  const std::string weight = name + ".weight", bias = name + ".bias";
  torch::Tensor w = served(weight), read = x;
  if (options_.quantise == "int8" && weights_.contains(weight)) {
    w = straight_through(w, rounded_weight(w));
    read = straight_through(x, rounded_rows(x));
  }
  return torch::linear(read, w, parameters_.has(bias) ? parameters_.on_device(bias) : torch::Tensor());
}

torch::Tensor Compression::served(const std::string& name) const {
  return masks_ != nullptr && masks_->has(name) ? masks_->masked(name) : parameters_.on_device(name);
}

void Compression::store(const std::filesystem::path& folder) const {
  if (masks_ == nullptr || options_.storage != "sparse") return;
  Checkpoint checkpoint(folder);
  for (const std::string& weight : masks_->weights()) checkpoint.compact(weight, masks_->compact(weight));
  checkpoint.write(folder / "model.safetensors");
}

}  // namespace genre::trainer
