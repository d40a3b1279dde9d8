// The configuration of a fine-tuning: [finetune] and [optimizer], beside [lm], which names the model to start from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "genre/config/fields.h"
#include "genre/data/options.h"
#include "genre/lm/options.h"
#include "genre/optim/optimizer.h"
#include "genre/track/options.h"

namespace genre {

// A file of examples: [[finetune.examples]], with the columns text, other and label, as the task reads them, and time.
struct ExampleSourceOptions : SourceOptions {
  std::string part;   // train, valid, test, unlabelled; empty: cut by finetune.ratio
  double weight = 1;  // of their losses
  void fields(config::Fields& f);
};

// Low-rank adapters: W x + alpha / rank B A dropout(x). Source: Hu et al., "LoRA" (2021).
struct LoraOptions {
  int rank = 8;
  double alpha = 16;
  double dropout = 0;
  std::vector<std::string> targets = {"query", "value"};  // as Transformer names them
  void fields(config::Fields& f);
};

// Low-rank adapters in the form P diag(lambda) Q whose rank goes to the products that need it. Source: Zhang et al.,
// "AdaLoRA" (2023). Targets, alpha, dropout and the mean rank at the end are those of LoraOptions.
struct AdaLoraOptions {
  int initial_rank = 12;
  double warmup = 0.1, settled = 0.3;           // shares of the steps: all ranks at first, those of the end at last
  int interval = 10;                            // steps from one cut to the next
  double smoothing = 0.85, uncertainty = 0.85;  // what a step leaves of the sensitivity known before and its variation
  double orthogonality = 0.1;                   // weight of the distance of P and Q from orthogonal
  void fields(config::Fields& f);
};

// Narrow layers behind the blocks of a model. Sources: Houlsby et al. (2019); Pfeiffer et al. (2021).
struct BottleneckOptions {
  std::string kind = "pfeiffer";  // pfeiffer: one a layer, behind feed-forward; houlsby: two, behind attention too
  int width = 0;                  // of each; 0: a sixteenth of the model's
  void fields(config::Fields& f);
};

// Learnt tokens in front of every text. Sources: Lester et al. (2021); Li and Liang (2021).
struct VirtualTokenOptions {
  int count = 16;
  void fields(config::Fields& f);
};

// Against overfitting, beside dropout and weight decay.
struct RegularisationOptions {
  double label_smoothing = 0;  // probability that all labels share, in place of 0 and 1
  double r_drop = 0;           // weight of the divergence of two passes with their own dropout (Liang et al. 2021)
  double mixup = 0;  // pooled states and losses of two examples mixed by Beta(a, a); 0: not (Zhang et al. 2018)
  std::string adversarial =
      "none";                     // none, fgm (Miyato et al. 2017), pgd (Madry et al. 2018), freelb (Zhu et al. 2020)
  double adversarial_size = 1;    // length of the change of a text's word embeddings
  double adversarial_step = 0.3;  // length of each of its steps; fgm takes one of the whole size
  int adversarial_steps = 3;
  double to_start = 0;  // weight of half the squared distance from the pretrained weights (L2-SP, Li et al. 2018)
  double swa = 0;  // share of the epochs, the last ones, at whose ends the weights are averaged (Izmailov et al. 2018)
  void fields(config::Fields& f);
};

// Variations of training texts that are learnt from beside them.
struct AugmentationOptions {
  int copies = 0;                              // of each training example; 0: none
  double deletion = 0.1;                       // chance of a part to be left out
  double swap = 0.1;                           // swaps of two parts, as a share of their number
  double synonyms = 0;                         // chance of a word to be replaced by one of its meaning
  double crop = 1;                             // share of the parts that stay, one after the other
  double mask = 0;                             // chance of a part to become mask_text
  double reorder = 0;                          // share of the parts, one after the other, that are shuffled
  double substitute = 0;                       // chance of a part to be replaced by one that stands near it elsewhere
  std::string mask_text = "[MASK]";            // as the tokenizer writes it
  std::string separator = " ";                 // between parts: words, or the events of a history ("; ")
  std::string wordnet = "/usr/share/wordnet";  // folder of WordNet's files
  // Commands that each text goes through, one after the other, to come back in other words (Sennrich et al. 2016).
  std::vector<std::string> translate;
  void fields(config::Fields& f);
};

// Vectors of texts that belong together come near, others go apart.
struct ContrastiveOptions {
  std::string loss = "in_batch";  // in_batch: InfoNCE among the texts of a batch; cosent: the order of the labels
  double temperature = 0.05;
  std::optional<double> least_label;  // in_batch: pairs with a smaller label are measured, not learnt from
  int hard_negatives = 0;             // in_batch: of each pair, as torch/hard_negatives.h finds them
  double hard_margin = 0.05;
  void fields(config::Fields& f);
};

struct RankTaskOptions {
  std::string loss = "listwise";  // listwise, pairwise, satisfaction
  int candidates = 8;             // of a query that one step sees
  void fields(config::Fields& f);
};

struct MaskingOptions {
  double share = 0.15;  // of tokens that are predicted: 80 % masked, 10 % another token, 10 % as they are
  void fields(config::Fields& f);
};

// Products of an encoder's layers that are trained as a smaller model will hold them.
struct CompressionOptions {
  std::string quantise = "none";  // none; int8: weights and what they read go through 8 bits (Jacob et al. 2018)
  std::string sparse = "none";    // none, 2:4, block: the patterns of nn/sparse_weights.h
  // What stays: the largest weights; or by movement, those that the gradient pushes away from zero (Sanh et al. 2020).
  std::string score = "movement";
  double density = 0.5;                // block: the share that stays at the end, by a cubic curve (Zhu and Gupta 2017)
  double warmup = 0.1, settled = 0.3;  // shares of the steps: before the first choice, and behind the last
  int interval = 10;                   // steps from one choice to the next
  std::string storage = "sparse";      // sparse: as this runtime reads it; whole: with zeros, as Transformers does
  void fields(config::Fields& f);
};

struct DistilOptions {
  std::string teacher;  // catalogue name or folder of a model
  // Of classify: the share of the loss that follows the teacher's probabilities, softened by `temperature` on both
  // sides (Hinton et al. 2015).
  double share = 0.5, temperature = 2;
  // Of distil: weight of how far the states behind layers are from those of the teacher (Jiao et al. 2020).
  double hidden = 0;
  void fields(config::Fields& f);
};

// A model in two halves, each of a process of its own. Source: Huang et al. (2019).
struct PipelineOptions {
  int layers = 0;         // of the first process, from below; 0: every process has the whole model
  int micro_batches = 4;  // parts of a batch that follow each other
  void fields(config::Fields& f);
};

// Texts without labels (part = "unlabelled") that a classifier labels, to be learnt from beside the others:
// finetune/pseudo_labels.h.
struct PseudoLabelOptions {
  int rounds = 0;                    // each labels for the next; 0: none
  std::string teacher;               // catalogue name or folder that labels first; empty: a training without such texts
  double threshold = 0.9;            // the least probability of a label that is learnt from
  double weight = 0.5;               // of the losses of such texts
  std::string balance = "labelled";  // labelled, equal, none: how many of each label
  void fields(config::Fields& f);
};

// Examples with times, learnt one slice after another: finetune/time_slices.h.
struct TimeSliceOptions {
  int count = 0;      // 0: not cut
  double replay = 0;  // share of the training examples of all slices before that are learnt from again
  void fields(config::Fields& f);
};

// One of several things that an encoder learns at once: [[finetune.heads]], of the task multi_task.
struct HeadOptions {
  std::string name;               // of its folder in RUN/model
  std::string task = "classify";  // classify, multi_label, regress
  std::vector<ExampleSourceOptions> examples;
  double weight = 1;  // of its loss
  void fields(config::Fields& f);
};

struct FinetuneOptions {
  std::string task = "classify";  // one of text_tasks()
  std::vector<ExampleSourceOptions> examples;
  std::vector<HeadOptions> heads;               // of multi_task, in place of `examples`
  std::string weighting = "fixed";              // of their losses: fixed, or uncertainty (Kendall et al. 2018)
  std::vector<double> ratio = {0.8, 0.1, 0.1};  // of examples without a part: train, validation, test
  int folds = 0, fold = 0;  // cross-validation: fold `fold` of `folds` is the test part; 0: by ratio

  int ensemble = 0;            // trainings of different seeds that answer together; 0: one alone
  int member = 0;              // which of them this training is; of one alone 0
  bool fold_ensemble = false;  // the models of all folds answer together

  std::vector<std::string> labels;    // that there are; empty: those of the examples
  std::string label_separator = "|";  // between the labels of a text that has several

  std::string tune = "full";  // full, lora, adalora, ia3, adapter, prompt, prefix, bitfit, head
  LoraOptions lora;
  AdaLoraOptions adalora;
  BottleneckOptions adapter;
  VirtualTokenOptions virtual_tokens;
  RegularisationOptions regularisation;
  AugmentationOptions augmentation;
  ContrastiveOptions contrastive;
  RankTaskOptions rank;
  MaskingOptions masking;
  DistilOptions distil;
  CompressionOptions compression;
  PipelineOptions pipeline;
  PseudoLabelOptions pseudo_labels;
  TimeSliceOptions time_slices;
  std::string frozen_format = "fp32";  // fp32, q8_0, q4_0: of matrices that stay as they are, in memory
  std::string start;                   // folder of an adapter to start from; empty: afresh
  int frozen_layers = 0;               // the lowest layers, and with any of them the embeddings, stay as they are

  int epochs = 3, batch = 16;
  int maximum_tokens = 128;
  double dropout = 0.3;              // before the linear head
  std::string device = "auto";       // auto, cpu, cuda: where products are computed; auto: CUDA where there is one
  std::string precision = "fp32";    // fp32, bf16
  std::string activations = "keep";  // keep, recompute, disk: of layers, until the backward pass
  std::string activation_folder;     // of disk; empty: the run folder
  int memory_limit = 0;              // megabytes that a training may take; 0: what the machine has
  std::string metric;                // decides which weights are kept; empty: the task's own
  int patience = 0;                  // epochs without a better value before training stops; 0: all epochs
  double checkpoint_minutes = 5;
  int checkpoint_steps = 0;  // steps after which there is a checkpoint too; 0: by minutes alone
  void fields(config::Fields& f);
};

struct FinetuneConfig {
  std::int64_t seed = 7;
  int threads = 0;
  LmOptions lm;
  FinetuneOptions finetune;
  TrackOptions track;
  std::shared_ptr<config::NamedOptions> optimizer;  // OptimizerOptions
  std::filesystem::path base_folder = ".";          // what relative paths count from; no key

  FinetuneConfig();  // with adamw
  void fields(config::Fields& f);
  const OptimizerOptions& optimizer_options() const;
  // Of what a training draws: fresh weights, order, dropout. Its own for each member of an ensemble, the first as seed
  // is; parts and variations are those of `seed`.
  std::uint64_t training_seed() const;
  Training training() const;            // what usual learning rates depend on
  std::string digest() const;           // of what decides the result
  config::Value digest_values() const;  // that, with defaults filled in
};

// Reads what resolved_toml wrote. Also sets the size of the global thread pool. Throws Error(kConfig) with all that is
// wrong.
FinetuneConfig read_finetune_config(const std::filesystem::path& file);

// As TOML with every default filled in and source paths made absolute, so that it works from anywhere.
std::string resolved_toml(const FinetuneConfig& config);

}  // namespace genre
