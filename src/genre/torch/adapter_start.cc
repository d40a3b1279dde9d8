#include "genre/torch/adapter_start.h"

#include <torch/torch.h>

#include <cmath>
#include <map>
#include <optional>

#include "genre/base/error.h"
#include "genre/lm/adapter_folder.h"
#include "genre/lm/model_json.h"
#include "genre/lm/tensor_source.h"
#include "genre/torch/bottleneck.h"

namespace genre::trainer {
namespace fs = std::filesystem;
namespace {

class Start {
 public:
  Start(const FinetuneOptions& options, std::string_view prefix)
      : options_(options),
        prefix_(prefix),
        config_(fs::path(options.start) / "adapter_config.json"),
        hub_(adapter_kind(options.start) == AdapterKind::kBottleneck) {
    static const std::map<std::string, std::string> kKinds = {
        {"lora", "LORA"}, {"ia3", "IA3"}, {"prompt", "PROMPT_TUNING"}, {"prefix", "PREFIX_TUNING"}, {"adapter", ""}};
    const std::string found = config_.text("peft_type", ""), wanted = kKinds.at(options.tune);
    if (found != wanted)
      config_.refuse("is of another kind than finetune.tune = \"" + options.tune + "\"", "start from one of that kind");
    source_ = open_tensors(adapter_files(options.start).back());
  }

  // The tensor that a parameter is called by in the file; none where the adapter does not have it.
  std::optional<std::string> find(const std::string& parameter) const {
    if (parameter == kVirtualWords || parameter == kVirtualKeysAndValues) return "prompt_embeddings";
    std::string name = parameter;
    if (hub_) {
      const std::size_t place = name.find(kBottleneckPlace);
      if (place != std::string::npos)
        name.replace(place, std::string_view(kBottleneckPlace).size(), ".adapters." + config_.at("name").text() + ".");
    }
    const std::string bare = name.starts_with(prefix_) ? name.substr(prefix_.size()) : name;
    for (const std::string& own : {name, bare})
      for (const char* wrapper : {"base_model.model.", "base_model.", ""})
        if (source_->has(wrapper + own)) return wrapper + own;
    return std::nullopt;
  }

  void copy(const std::string& stored, Parameter& to) const {
    const auto shape = source_->at(stored).shape;
    const auto wanted = to.value.sizes().vec();
    if (shape != wanted)
      throw Error(ErrorCode::kData,
                  "tensor '" + stored + "' is " + text_of(shape) + ", in this training it is " + text_of(wanted),
                  "set ranks, widths and targets as the adapter has them", {.file = source_->path().string()});
    const Matrix matrix = source_->matrix(stored, wanted.size() > 1 ? wanted[0] : 1, wanted.back());
    const torch::NoGradGuard no_graph;
    to.value.copy_(torch::from_blob(const_cast<float*>(matrix.data()), wanted));
    if (to.name.ends_with(".lora_B.weight")) to.value.mul_(their_scale() / (options_.lora.alpha / options_.lora.rank));
  }

  bool has_shape(const std::string& stored, const torch::Tensor& of) const {
    return source_->at(stored).shape == of.sizes().vec();
  }

  [[noreturn]] void refuse_missing(const std::string& parameter) const {
    throw Error(ErrorCode::kData, "the adapter to start from has nothing for '" + parameter + "'",
                "choose the model and the targets that it was trained on", {.file = source_->path().string()});
  }

 private:
  static std::string text_of(const std::vector<std::int64_t>& shape) {
    std::string out;
    for (const std::int64_t extent : shape) out += (out.empty() ? "" : " x ") + std::to_string(extent);
    return out;
  }
  // What their product of factors is multiplied by.
  double their_scale() const {
    const double rank = config_.number("r", options_.lora.rank), alpha = config_.at("lora_alpha").number();
    return alpha / (config_.boolean("use_rslora", false) ? std::sqrt(rank) : rank);
  }

  const FinetuneOptions& options_;
  std::string prefix_;
  ModelJson config_;
  bool hub_;
  std::unique_ptr<TensorSource> source_;
};

}  // namespace

void start_from_adapter(const FinetuneOptions& options, std::string_view prefix, Parameters& parameters) {
  if (options.start.empty()) return;
  const Start start(options, prefix);
  for (Parameter& one : parameters.all()) {
    if (!one.trained) continue;
    const auto stored = start.find(one.name);
    if (!one.saved && !stored) start.refuse_missing(one.name);
    if (stored && (!one.saved || start.has_shape(*stored, one.value))) start.copy(*stored, one);
  }
}

}  // namespace genre::trainer
