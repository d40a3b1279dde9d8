#include "genre/finetune/options.h"

#include "genre/base/random.h"
#include "genre/base/thread_pool.h"
#include "genre/config/layers.h"
#include "genre/config/schema.h"
#include "genre/config/toml.h"
#include "genre/finetune/option_checks.h"
#include "genre/optim/adam.h"

namespace genre {
namespace fs = std::filesystem;

void ExampleSourceOptions::fields(config::Fields& f) {
  SourceOptions::fields(f);
  f.choice("part", part, {"", "train", "valid", "test", "unlabelled"},
           "the part that these examples are; empty: cut by ratio; unlabelled: texts for finetune.pseudo_labels");
  f.number("weight", weight, {.minimum = 0, .maximum = 1000}, "of the losses of these examples");
}

void LoraOptions::fields(config::Fields& f) {
  f.integer("rank", rank, {.minimum = 1, .maximum = 1024}, "rank of the change of a weight");
  f.number("alpha", alpha, {.minimum = 0}, "size of the change: it is alpha / rank times the product of its factors");
  f.number("dropout", dropout, {.minimum = 0, .maximum = 0.9}, "dropout of what the change reads");
  f.texts("targets", targets, "adapted weights of each layer: query, key, value, attention_output, inner, outer");
}

void AdaLoraOptions::fields(config::Fields& f) {
  f.integer("initial_rank", initial_rank, {.minimum = 1, .maximum = 1024},
            "rank of the change of each weight at first; finetune.lora.rank is the mean at the end");
  f.number("warmup", warmup, {.minimum = 0, .maximum = 0.9}, "share of the steps before the first rank is cut");
  f.number("settled", settled, {.minimum = 0, .maximum = 0.9}, "share of the steps behind the last cut");
  f.integer("interval", interval, {.minimum = 1, .maximum = 1000000}, "steps from one cut to the next");
  f.number("smoothing", smoothing, {.minimum = 0.01, .maximum = 0.9999},
           "share that a step leaves of the sensitivity known before");
  f.number("uncertainty", uncertainty, {.minimum = 0.01, .maximum = 0.9999},
           "share that a step leaves of its variation known before");
  f.number("orthogonality", orthogonality, {.minimum = 0.0001, .maximum = 100},
           "weight of the distance of both factors from orthogonal");
}

void BottleneckOptions::fields(config::Fields& f) {
  f.choice("kind", kind, {"pfeiffer", "houlsby"},
           "pfeiffer: one narrow layer behind each feed-forward block; houlsby: another behind attention");
  f.integer("width", width, {.minimum = 0, .maximum = 1 << 16}, "of a narrow layer; 0: a sixteenth of the model's");
}

void VirtualTokenOptions::fields(config::Fields& f) {
  f.integer("count", count, {.minimum = 1, .maximum = 4096}, "tokens in front of every text");
}

void RegularisationOptions::fields(config::Fields& f) {
  f.number("label_smoothing", label_smoothing, {.minimum = 0, .maximum = 0.9},
           "probability that all labels share, in place of 0 and 1");
  f.number("r_drop", r_drop, {.minimum = 0, .maximum = 100},
           "weight of the divergence of two passes with their own dropout; usual: 1 to 5");
  f.number("mixup", mixup, {.minimum = 0, .maximum = 10},
           "a of Beta(a, a), by which pooled states and losses of two examples are mixed; 0: not");
  f.choice("adversarial", adversarial, {"none", "fgm", "pgd", "freelb"},
           "word embeddings are moved to where the loss is larger");
  f.number("adversarial_size", adversarial_size, {.minimum = 0, .maximum = 1000},
           "length of that move of a whole text");
  f.number("adversarial_step", adversarial_step, {.minimum = 0, .maximum = 1000},
           "length of each step of pgd and freelb");
  f.integer("adversarial_steps", adversarial_steps, {.minimum = 1, .maximum = 100}, "steps of pgd and freelb");
  f.number("to_start", to_start, {.minimum = 0, .maximum = 100},
           "weight of half the squared distance from the weights at the start");
  f.number("swa", swa, {.minimum = 0, .maximum = 1},
           "share of the epochs, the last ones, whose weights are averaged; 0: none");
}

void AugmentationOptions::fields(config::Fields& f) {
  f.integer("copies", copies, {.minimum = 0, .maximum = 1000}, "variations of each training example; 0: none");
  f.number("deletion", deletion, {.minimum = 0, .maximum = 0.99}, "chance of a part to be left out");
  f.number("swap", swap, {.minimum = 0, .maximum = 1}, "swaps of two parts, as a share of their number");
  f.number("synonyms", synonyms, {.minimum = 0, .maximum = 1},
           "chance of a word to be replaced by one of its meaning (WordNet)");
  f.number("crop", crop, {.minimum = 0.01, .maximum = 1}, "share of the parts that stay, one after the other");
  f.number("mask", mask, {.minimum = 0, .maximum = 1}, "chance of a part to become mask_text");
  f.number("reorder", reorder, {.minimum = 0, .maximum = 1},
           "share of the parts, one after the other, that are shuffled");
  f.number("substitute", substitute, {.minimum = 0, .maximum = 1},
           "chance of a part to be replaced by one that often stands near it in other training texts");
  f.text("mask_text", mask_text, "what hides a part, as the model's tokenizer writes it");
  f.text("separator", separator, "between parts: a blank for words, '; ' for the events of a history");
  f.text("wordnet", wordnet, "folder of WordNet's files, as Debian's wordnet-base installs them");
  f.texts("translate", translate,
          "commands, one after the other, that read texts as lines and write their translations as lines: one more "
          "variation of each training example");
}

void ContrastiveOptions::fields(config::Fields& f) {
  f.choice("loss", loss, {"in_batch", "cosent"},
           "in_batch: a text's other among the others of the batch; cosent: cosines in the order of the labels");
  f.number("temperature", temperature, {.minimum = 0.001, .maximum = 10}, "cosines are divided by it");
  f.number("least_label", least_label, {}, "in_batch: pairs with a smaller label are measured, not learnt from");
  f.integer(
      "hard_negatives", hard_negatives, {.minimum = 0, .maximum = 64},
      "in_batch: of each pair so many others that are learnt from join its batch that are near its text and do not "
      "belong to it, as the model had them before the training; 0: none");
  f.number(
      "hard_margin", hard_margin, {.minimum = -2, .maximum = 2},
      "how much farther from the text than its own other, in cosine, they are at least: nearer ones may belong to it "
      "unsaid");
}

void RankTaskOptions::fields(config::Fields& f) {
  f.choice(
      "loss", loss, {"listwise", "pairwise", "satisfaction"},
      "listwise: softmax cross-entropy; pairwise: logistic; satisfaction: expected label under the softmax policy");
  f.integer("candidates", candidates, {.minimum = 2, .maximum = 4096}, "candidates of a query that one step sees");
}

void MaskingOptions::fields(config::Fields& f) {
  f.number("share", share, {.minimum = 0.01, .maximum = 0.9}, "share of tokens that are predicted");
}

void CompressionOptions::fields(config::Fields& f) {
  f.choice("quantise", quantise, {"none", "int8"},
           "int8: products of layers are trained as lm.precision = int8 computes them");
  f.choice("sparse", sparse, {"none", "2:4", "block"},
           "2:4: of four weights that lie together two become zero; block: most blocks of 4 x 4");
  f.choice("score", score, {"movement", "magnitude"},
           "what stays: weights that the gradient moves away from zero, or the largest");
  f.number("density", density, {.minimum = 0.01, .maximum = 1}, "block: share of the blocks that stays");
  f.number("warmup", warmup, {.minimum = 0, .maximum = 0.9}, "share of the steps before weights become zero");
  f.number("settled", settled, {.minimum = 0, .maximum = 0.9}, "share of the steps behind the last choice");
  f.integer("interval", interval, {.minimum = 1, .maximum = 1000000}, "steps from one choice to the next");
  f.choice("storage", storage, {"sparse", "whole"},
           "sparse: model/ leaves the zeros out, which this runtime alone reads; whole: Transformers reads it too");
}

void PipelineOptions::fields(config::Fields& f) {
  f.integer("layers", layers, {.minimum = 0, .maximum = 1000},
            "lowest layers, which the first of two processes trains with the embeddings, the other the rest; 0: every "
            "process has the whole model");
  f.integer("micro_batches", micro_batches, {.minimum = 1, .maximum = 4096},
            "parts of a batch that follow each other through both");
}

void DistilOptions::fields(config::Fields& f) {
  f.text("teacher", teacher, "catalogue name or folder of the model that distil and, where named, classify learn from");
  f.number("share", share, {.minimum = 0, .maximum = 1}, "classify: part of the loss that follows the teacher");
  f.number("temperature", temperature, {.minimum = 0.1, .maximum = 100}, "classify: logits of both are divided by it");
  f.number("hidden", hidden, {.minimum = 0, .maximum = 1000},
           "distil: weight of the distance of states behind layers from those of the teacher");
}

void PseudoLabelOptions::fields(config::Fields& f) {
  f.integer("rounds", rounds, {.minimum = 0, .maximum = 100},
            "trainings that learn from what the model before them labelled; 0: none");
  f.text("teacher", teacher,
         "catalogue name or folder of the classifier that labels first; empty: a training on the labelled texts alone");
  f.number("threshold", threshold, {.minimum = 0, .maximum = 1}, "least probability of a label that is learnt from");
  f.number("weight", weight, {.minimum = 0, .maximum = 1000}, "of the losses of such texts; others have 1");
  f.choice(
      "balance", balance, {"labelled", "equal", "none"},
      "how many of each label: in proportion to the labelled texts, equally many, or all that reach the threshold");
}

void TimeSliceOptions::fields(config::Fields& f) {
  f.integer("count", count, {.minimum = 0, .maximum = 1000},
            "slices of the examples by their column time, learnt one after the other; 0: not cut");
  f.number("replay", replay, {.minimum = 0, .maximum = 1},
           "share of the training examples of all slices before that are learnt from again");
}

void HeadOptions::fields(config::Fields& f) {
  f.text("name", name, "of the head, and of its folder in RUN/model");
  f.choice("task", task, {"classify", "multi_label", "regress"}, "what it learns");
  f.list("examples", examples, "Its files of examples.");
  f.number("weight", weight, {.minimum = 0, .maximum = 1000000}, "of its loss");
}

void FinetuneOptions::fields(config::Fields& f) {
  f.choice(
      "task", task,
      {"classify", "multi_label", "regress", "rank", "contrastive", "masked_lm", "causal_lm", "instruct", "distil",
       "multi_task"},
      "what is learnt: classify (one label a text), multi_label, regress (a number), rank (candidates of a query), "
      "contrastive (vectors of pairs), masked_lm (hidden words); of decoders causal_lm (next words), instruct (answers "
      "to prompts); distil (the vectors of a teacher); multi_task (several heads on one encoder)");
  f.list("examples", examples, "Files of examples, with the columns text, label and other, as the task needs them.");
  f.list("heads", heads, "What the task multi_task learns, each from examples of its own.");
  f.choice("weighting", weighting, {"fixed", "uncertainty"},
           "of the losses of heads: their weights, or also as certain as the model is of each, which it learns");
  f.numbers("ratio", ratio, {.minimum = 0, .maximum = 1},
            "shares of train, validation and test among examples without a part");
  f.integer("folds", folds, {.minimum = 0, .maximum = 1000}, "parts of a cross-validation; 0: none, by ratio");
  f.integer("fold", fold, {.minimum = 0, .maximum = 999}, "which of them is the test part; the rest is cut by ratio");
  f.integer(
      "ensemble", ensemble, {.minimum = 0, .maximum = 1000},
      "trainings from seeds of their own whose models answer together, by the mean of what they say; 0: one alone");
  f.integer("member", member, {.minimum = 0, .maximum = 999}, "which of them this training is; set by the program");
  f.flag("fold_ensemble", fold_ensemble, "the models of --all-folds answer together");
  f.texts("labels", labels, "labels that there are, also those of no example; empty: those of the examples");
  f.text("label_separator", label_separator, "between the labels of a text, for multi_label");
  f.choice(
      "tune", tune, {"full", "lora", "adalora", "ia3", "adapter", "prompt", "prefix", "bitfit", "head"},
      "what changes beside the head: all weights, low-rank adapters, those with ranks that are shared out, scales "
      "of keys, values and inner states, narrow layers behind blocks, learnt tokens in front of texts, of decoders "
      "keys and values in front of them, biases alone, nothing");
  f.table("lora", lora, "Low-rank adapters.");
  f.table("adalora", adalora, "Their ranks, where they are shared out.");
  f.table("adapter", adapter, "Narrow layers behind blocks.");
  f.table("virtual_tokens", virtual_tokens, "Learnt tokens.");
  f.table("regularisation", regularisation, "Against overfitting.");
  f.table("augmentation", augmentation, "Variations of training texts.");
  f.table("contrastive", contrastive, "The task contrastive.");
  f.table("rank", rank, "The task rank.");
  f.table("masking", masking, "The task masked_lm.");
  f.table("distil", distil, "A teacher.");
  f.table("compression", compression, "Weights trained as a smaller model will hold them.");
  f.table("pipeline", pipeline, "A model in two halves.");
  f.table("pseudo_labels", pseudo_labels, "Labels that a model gives to texts without one.");
  f.table("time_slices", time_slices, "Examples learnt in the order of their times.");
  f.choice("frozen_format", frozen_format, {"fp32", "q8_0", "q4_0"},
           "of matrices that stay as they are, in memory: numbers of 32 bits, or blocks of 8 or 4, made whole for each "
           "product");
  f.text("start", start, "folder of an adapter as PEFT or AdapterHub writes it, to start from; empty: afresh");
  f.integer("frozen_layers", frozen_layers, {.minimum = 0, .maximum = 1000},
            "lowest layers that stay as they are, with the embeddings");
  f.integer("epochs", epochs, {.minimum = 1, .maximum = 10000}, "passes over the training examples");
  f.integer("batch", batch, {.minimum = 1, .maximum = 65536}, "examples whose mean loss makes one gradient");
  f.integer("maximum_tokens", maximum_tokens, {.minimum = 5, .maximum = 1 << 20}, "longer texts are cut");
  f.number("dropout", dropout, {.minimum = 0, .maximum = 0.95}, "dropout before the linear head");
  f.choice("device", device, {"auto", "cpu", "cuda"},
           "where products are computed; auto: on a CUDA device where there is one and libtorch has CUDA, else on the "
           "processor",
           config::InDigest::kNo);
  f.choice("precision", precision, {"fp32", "bf16"}, "of products in training; weights are always fp32");
  f.choice("activations", activations, {"keep", "recompute", "disk"},
           "of layers, until gradients are taken: all are kept; their inputs alone, from which layers run again; those "
           "inputs in a file");
  f.text("activation_folder", activation_folder, "of that file, which has no name in it; empty: the run folder",
         config::InDigest::kNo);
  f.integer("memory_limit", memory_limit, {.minimum = 0, .maximum = 1 << 30},
            "megabytes; a training that is to take more is not begun; 0: what the machine has", config::InDigest::kNo);
  f.choice("metric", metric,
           {"", "loss", "accuracy", "macro_f1", "micro_f1", "rmse", "mae", "pearson", "spearman", "ndcg@10", "mrr",
            "recall@1", "perplexity", "auc", "cosine"},
           "of the validation part, decides which weights are kept; empty: the task's own");
  f.integer("patience", patience, {.minimum = 0, .maximum = 10000},
            "epochs without a better value after which training stops; 0: never");
  f.number("checkpoint_minutes", checkpoint_minutes, {.minimum = 0.01, .maximum = 100000},
           "minutes between checkpoints");
  f.integer("checkpoint_steps", checkpoint_steps, {.minimum = 0, .maximum = 1000000000},
            "steps between checkpoints, beside those by time; 0: by time alone", config::InDigest::kNo);
}

FinetuneConfig::FinetuneConfig() : optimizer(std::make_shared<AdamWOptions>()) {}

void FinetuneConfig::fields(config::Fields& f) {
  f.integer("seed", seed, {.minimum = 0}, "feeds every random stream; same seed, same result");
  f.integer("threads", threads, {0, 1024}, "threads to use; 0: all cores", config::InDigest::kNo);
  f.table("lm", lm, "The language model to start from.");
  f.table("finetune", finetune, "What is learnt from which examples.");
  f.named("optimizer", optimizer, &optimizer_alternatives, "The optimizer and its parameters.");
  f.table("track", track, "Where metrics go beside the run folder.");
}

const OptimizerOptions& FinetuneConfig::optimizer_options() const {
  return dynamic_cast<const OptimizerOptions&>(*optimizer);
}

std::uint64_t FinetuneConfig::training_seed() const {
  const auto own = static_cast<std::uint64_t>(seed);
  if (finetune.member == 0) return own;
  return RandomStream(own, "member " + std::to_string(finetune.member)).next() >> 1;
}

Training FinetuneConfig::training() const {
  return finetune.tune == "full" ? Training::kFineTuning : Training::kAdapter;
}

std::string FinetuneConfig::digest() const {
  FinetuneConfig copy = *this;
  config::Fields f;
  copy.fields(f);
  return config::digest(f);
}

config::Value FinetuneConfig::digest_values() const {
  FinetuneConfig copy = *this;
  config::Fields f;
  copy.fields(f);
  return f.digest_values();
}

FinetuneConfig read_finetune_config(const fs::path& file) {
  FinetuneConfig out;
  config::Fields f;
  out.fields(f);
  out.base_folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  config::apply(config::read_layers({.file = file, .settings = {}, .environment = {}}), f);
  check_finetune_config(out);
  set_global_threads(out.threads);
  return out;
}

std::string resolved_toml(const FinetuneConfig& config) {
  FinetuneConfig copy = config;
  for (std::string* const path : {&copy.finetune.start, &copy.finetune.activation_folder})
    if (!path->empty()) *path = fs::absolute(copy.base_folder / *path).lexically_normal().string();
  const auto make_absolute = [&](std::vector<ExampleSourceOptions>& sources) {
    for (auto& source : sources)
      if (source.format != "postgresql")
        source.path = fs::absolute(copy.base_folder / source.path).lexically_normal().string();
  };
  make_absolute(copy.finetune.examples);
  for (HeadOptions& head : copy.finetune.heads) make_absolute(head.examples);
  config::Fields f;
  copy.fields(f);
  return config::to_toml(f.values());
}

}  // namespace genre
