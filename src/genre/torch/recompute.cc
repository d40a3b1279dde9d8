#include "genre/torch/recompute.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/csrc/autograd/functions/accumulate_grad.h>
#include <torch/custom_class.h>
#include <torch/torch.h>

#include <set>

#include "genre/torch/autocast.h"

namespace genre::trainer {
namespace {

torch::Tensor noise_state() {
  torch::Generator generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard lock(generator.mutex());
  return generator.get_state();
}

void set_noise_state(const torch::Tensor& state) {
  torch::Generator generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard lock(generator.mutex());
  generator.set_state(state);
}

// The noise of an earlier moment while it lives.
class EarlierNoise {
 public:
  explicit EarlierNoise(const torch::Tensor& state) : now_(noise_state()) { set_noise_state(state); }
  ~EarlierNoise() { set_noise_state(now_); }
  EarlierNoise(const EarlierNoise&) = delete;
  EarlierNoise& operator=(const EarlierNoise&) = delete;

 private:
  torch::Tensor now_;
};

// The leaves that the graph of `out` ends in, but for `input`.
std::vector<torch::Tensor> leaves_of(const torch::Tensor& out, const torch::Tensor& input) {
  using torch::autograd::Node;
  std::vector<torch::Tensor> leaves;
  std::set<Node*> seen;
  std::vector<Node*> open = {out.grad_fn().get()};
  while (!open.empty()) {
    Node* const node = open.back();
    open.pop_back();
    if (node == nullptr || !seen.insert(node).second) continue;
    if (const auto* leaf = dynamic_cast<torch::autograd::AccumulateGrad*>(node)) {
      if (!leaf->variable.is_same(input)) leaves.push_back(leaf->variable);
      continue;
    }
    for (const auto& edge : node->next_edges()) open.push_back(edge.function.get());
  }
  return leaves;
}

// The same tensor as one that a graph computes: autocast would keep a leaf's cast for all that read it, and add their
// gradients in few bits.
torch::Tensor as_inner(const torch::Tensor& leaf) { return leaf.view_as(leaf); }

// All that a layer needs to run again.
struct Rerun : torch::CustomClassHolder {
  Layer layer;
  torch::Tensor noise;
  std::vector<torch::Tensor> weights;
  torch::Tensor result;  // until the graph has it
  std::shared_ptr<ActivationFile> file;
  std::unique_ptr<ActivationFile::Kept> kept;  // the input, where there is a file
  bool follows_input = false;                  // whether the input has a gradient
  bool bf16 = false;
};

class Recomputed : public torch::autograd::Function<Recomputed> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x, at::TensorList,
                               const c10::intrusive_ptr<Rerun>& rerun) {
    if (rerun->file != nullptr)
      rerun->kept = rerun->file->keep(x);
    else
      context->save_for_backward({x});
    context->saved_data["rerun"] = c10::IValue::make_capsule(rerun);
    return std::move(rerun->result);
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               const torch::autograd::tensor_list& gradients) {
    const c10::intrusive_ptr<torch::CustomClassHolder> held = context->saved_data["rerun"].toCapsule();
    const Rerun& rerun = static_cast<const Rerun&>(*held);
    torch::Tensor x = rerun.kept != nullptr ? rerun.kept->read() : context->get_saved_variables()[0];
    const torch::Device device = gradients[0].device();
    x = x.detach().to(device).requires_grad_(rerun.follows_input);
    torch::Tensor out;
    {
      const at::AutoGradMode graph(true);
      const EarlierNoise noise(rerun.noise);
      const Autocast autocast(rerun.bf16, device);
      out = rerun.layer(as_inner(x));
    }
    std::vector<torch::Tensor> inputs = rerun.weights;
    if (rerun.follows_input) inputs.push_back(x);
    auto found = torch::autograd::grad({out}, inputs, {gradients[0]}, /*retain_graph=*/false, /*create_graph=*/false,
                                       /*allow_unused=*/true);
    torch::autograd::tensor_list back = {rerun.follows_input ? found.back() : torch::Tensor()};
    back.insert(back.end(), found.begin(), found.begin() + static_cast<std::ptrdiff_t>(rerun.weights.size()));
    back.emplace_back();  // the rerun itself has none
    return back;
  }
};

}  // namespace

torch::Tensor recomputed(const torch::Tensor& x, const Layer& layer, const std::shared_ptr<ActivationFile>& file) {
  if (!at::GradMode::is_enabled()) return layer(x);
  auto rerun = c10::make_intrusive<Rerun>();
  rerun->noise = noise_state();
  rerun->bf16 = Autocast::active(x.device());
  rerun->follows_input = x.requires_grad();
  {
    // Its graph lives long enough to say which parameters the layer reads.
    const torch::Tensor input = x.detach().requires_grad_(rerun->follows_input), out = layer(as_inner(input));
    if (!out.requires_grad()) return out;
    rerun->weights = leaves_of(out, input);
    rerun->result = out.tensor_data();
  }
  rerun->layer = layer;
  rerun->file = file;
  const std::vector<torch::Tensor> weights = rerun->weights;
  return Recomputed::apply(x, at::TensorList(weights), rerun);
}

LayerRunner layer_runner(const FinetuneConfig& config) {
  const FinetuneOptions& options = config.finetune;
  if (options.activations == "keep") return {};
  std::shared_ptr<ActivationFile> file;
  if (options.activations == "disk")
    file = std::make_shared<ActivationFile>(
        options.activation_folder.empty() ? config.base_folder : config.base_folder / options.activation_folder);
  return [file](const torch::Tensor& x, const Layer& layer) { return recomputed(x, layer, file); };
}

}  // namespace genre::trainer
