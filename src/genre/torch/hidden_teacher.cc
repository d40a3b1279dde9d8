#include "genre/torch/hidden_teacher.h"

#include <torch/torch.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/lm/sentence_config.h"

namespace genre::trainer {

HiddenTeacher::HiddenTeacher(const std::filesystem::path& folder, const Encoder& student, const Tokenizer& tokenizer,
                             std::span<const std::string> texts)
    : student_layers_(student.layers()) {
  const auto refuse = [](const std::string& message) {
    throw Error(ErrorCode::kConfig, message, "choose another teacher, or distil.hidden = 0",
                {.key = "finetune.distil.hidden"});
  };
  const EncoderConfig config = read_sentence_config(folder).encoder;
  if (config.hidden != student.width())
    refuse("the teacher's states have " + std::to_string(config.hidden) + " numbers, those of the model " +
           std::to_string(student.width()));
  if (config.layers < student.layers())
    refuse("the teacher has " + std::to_string(config.layers) + " layers, the model " +
           std::to_string(student.layers()));
  const auto own = load_tokenizer(config.folder);
  for (const std::string& text : texts)
    if (own->encode(text, config.positions) != tokenizer.encode(text, config.positions))
      refuse("the teacher reads '" + text.substr(0, 60) + "' as other tokens than the model");
  encoder_ = std::make_unique<Encoder>(config, parameters_);
}

torch::Tensor HiddenTeacher::distance(std::span<const torch::Tensor> states, const PackedBatch& batch) const {
  const int layers = encoder_->layers(), frozen = student_layers_ - static_cast<int>(states.size());
  std::vector<torch::Tensor> wanted;
  {
    const torch::NoGradGuard no_graph;
    torch::Tensor x = encoder_->embed(batch, {});
    int from = 0;
    for (int m = frozen + 1; m <= student_layers_; ++m) {
      const int to = static_cast<int>(std::lround(static_cast<double>(m) * layers / student_layers_));
      x = encoder_->run(x, batch, from, to, {});
      wanted.push_back(to < layers ? x : encoder_->finish(x));
      from = to;
    }
  }
  torch::Tensor sum = torch::zeros({}, states.front().options().dtype(torch::kFloat32));
  for (std::size_t i = 0; i < states.size(); ++i)
    sum = sum + (states[i].to(torch::kFloat32) - wanted[i]).square().sum() / wanted[i].square().sum();
  return sum / static_cast<double>(states.size());
}

}  // namespace genre::trainer
