// The layers of a larger encoder, which those of a smaller one are to follow. Source: Jiao et al., "TinyBERT:
// Distilling BERT for Natural Language Understanding" (2020).
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "genre/text/tokenizer.h"
#include "genre/torch/encoder.h"

namespace genre::trainer {

class HiddenTeacher {
 public:
  // The encoder of the model in `folder`. Throws Error(kConfig) unless it has the student's width and at least as many
  // layers, and reads `texts` as the same tokens as `tokenizer` does; and as Encoder.
  HiddenTeacher(const std::filesystem::path& folder, const Encoder& student, const Tokenizer& tokenizer,
                std::span<const std::string> texts);

  void set_device(torch::Device device) { parameters_.set_device(device); }
  // The squared distance of states (T x D each) from the teacher's over that of the teacher's from zero, in the mean of
  // layers. `states` are those behind the student's last layers, as many as there are; the one behind layer m of M is
  // compared with that behind the teacher's layer m N / M of N, rounded.
  torch::Tensor distance(std::span<const torch::Tensor> states, const PackedBatch& batch) const;

 private:
  int student_layers_;
  Parameters parameters_;
  std::unique_ptr<Encoder> encoder_;
};

}  // namespace genre::trainer
