// Layers that keep nothing but their input for the backward pass, which runs them again: memory for time. Source: Chen
// et al., "Training Deep Nets with Sublinear Memory Cost" (2016).
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <memory>

#include "genre/finetune/options.h"
#include "genre/torch/activation_file.h"
#include "genre/torch/transformer.h"

namespace genre::trainer {

// layer(x) with the gradients of layer(x), to the bit: it is run again with the noise that it had, and under the same
// precision. Gradients go to x and to every parameter that the layer reads. The layer may be called until the graph is
// gone; the input waits in `file`, or in memory where that is null.
torch::Tensor recomputed(const torch::Tensor& x, const Layer& layer, const std::shared_ptr<ActivationFile>& file);

// What finetune.activations says; nothing where everything is kept. Throws Error(kResources) for a folder that takes no
// file.
LayerRunner layer_runner(const FinetuneConfig& config);

}  // namespace genre::trainer
