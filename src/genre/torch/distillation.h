// The task `distil`: an encoder learns to give the vectors of another, its teacher, for texts without labels; of a
// smaller encoder, or of one that layers were taken from (`genre lm prune`). Column: text.
#pragma once

#include <memory>

#include "genre/finetune/examples.h"
#include "genre/linalg/matrix.h"
#include "genre/lm/sentence_config.h"
#include "genre/torch/hidden_teacher.h"
#include "genre/torch/text_task.h"
#include "genre/torch/tuned_encoder.h"

namespace genre::trainer {

class Distillation : public TextTask {
 public:
  // Throws Error(kConfig) where teacher and student have vectors of different widths, or the student's are no mean and
  // no first state.
  explicit Distillation(const FinetuneConfig& config);

  Parameters& parameters() override { return encoder_->parameters(); }
  void set_device(torch::Device device) override;
  std::span<const std::int32_t> lengths() const override { return lengths_; }
  void begin_step(std::span<const std::vector<std::int64_t>> batches) override;
  // The mean of 1 - cosine, both vectors being of unit length: half their squared distance. With distil.hidden also,
  // so weighted, the squared distance of the states behind layers from those behind the teacher's layers at the same
  // share of its depth, over the teacher's own squared size, in the mean of layers (Jiao et al., "TinyBERT", 2020).
  torch::Tensor loss(std::span<const std::int64_t> batch) override;
  std::map<std::string, double> measure(Part part) override;  // loss; cosine, its complement
  TaskSummary summary() const override;
  std::string_view default_metric() const override { return "cosine"; }
  void save(const std::filesystem::path& model, const std::filesystem::path& adapter) const override;

 private:
  // Of each text, from the states behind the last layer.
  torch::Tensor cosines(const torch::Tensor& states, const PackedBatch& packed,
                        std::span<const std::int64_t> texts) const;

  FinetuneConfig config_;
  std::filesystem::path base_;
  Examples examples_;
  SentenceConfig model_;
  torch::Tensor wanted_;  // N x D, unit vectors of the teacher, which the runtime computes
  std::unique_ptr<TunedEncoder> encoder_;
  std::unique_ptr<HiddenTeacher> hidden_;  // null unless its layers are followed
  std::vector<std::int64_t> train_;
  std::vector<std::int32_t> lengths_;
};

}  // namespace genre::trainer
