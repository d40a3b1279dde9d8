// The task `classify`: an encoder, dropout, a linear head to the labels, cross-entropy.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "genre/finetune/examples.h"
#include "genre/lm/classifier_head.h"
#include "genre/torch/encoder.h"
#include "genre/torch/learner.h"
#include "genre/torch/lora.h"

namespace genre::trainer {

// What the data and the model are, as the trainer prints it.
struct ClassificationSummary {
  std::int64_t train = 0, valid = 0, test = 0, labels = 0;
  double mean_tokens = 0;
};

class TextClassification : public Learner {
 public:
  // Loads the model that config.lm.model names, with a fresh head unless the model's own labels are those of the
  // examples. Throws Error(kNotFound), Error(kData) or Error(kConfig).
  TextClassification(const FinetuneConfig& config, LabelledTexts examples);

  Parameters& parameters() override { return parameters_; }
  std::span<const std::int32_t> lengths() const override { return train_lengths_; }
  void begin_step(std::span<const std::vector<std::int64_t>> batches) override;
  torch::Tensor loss(std::span<const std::int64_t> batch) override;
  // loss, accuracy, macro_f1: the mean F1 of labels that the part has or that were predicted.
  std::map<std::string, double> measure(Part part) override;

  ClassificationSummary summary() const;
  // The model as transformers and `genre lm classify` read it: config.json, model.safetensors and the tokenizer, with
  // adapters merged; where adapters were trained, the folder `adapter` beside it in PEFT's form. `model` appears whole
  // or not at all. Throws Error(kResources).
  void save(const std::filesystem::path& model, const std::filesystem::path& adapter) const;

 private:
  void add_head();
  void choose_trained();
  // Logits (B x labels) from the states behind the frozen layers.
  torch::Tensor forward(const PackedBatch& batch, const torch::Tensor& behind_frozen, const EncoderDropout& inside,
                        double dropout) const;
  PackedBatch pack_examples(std::span<const std::int64_t> numbers) const;
  // The states in front of the first layer that is trained.
  torch::Tensor states_behind_frozen(const PackedBatch& batch, std::span<const std::int64_t> numbers,
                                     const EncoderDropout& dropout) const;
  void compute_frozen_states();  // once

  FinetuneConfig config_;
  LabelledTexts examples_;
  std::filesystem::path base_;  // the folder of the model
  ClassifierConfig model_;
  Parameters parameters_;
  std::unique_ptr<Encoder> encoder_;
  std::unique_ptr<LoraAdapters> lora_;
  std::vector<std::vector<std::int32_t>> tokens_;  // N
  std::vector<std::int64_t> train_;                // numbers of the training examples
  std::vector<std::int32_t> train_lengths_;
  EncoderDropout dropout_;
  int frozen_ = 0;                            // layers whose output never changes
  std::vector<torch::Tensor> frozen_states_;  // N, in front of layer frozen_; empty without frozen layers
};

}  // namespace genre::trainer
