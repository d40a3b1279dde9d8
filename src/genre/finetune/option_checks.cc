#include "genre/finetune/option_checks.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "genre/base/error.h"
#include "genre/finetune/served_values.h"

namespace genre {
namespace {

void check_regularisation(const FinetuneOptions& options) {
  const RegularisationOptions& how = options.regularisation;
  const auto refuse = [](const std::string& message, const char* key) {
    throw Error(ErrorCode::kConfig, message, "", {.key = std::string("finetune.regularisation.") + key});
  };
  const bool headless = options.task == "contrastive" || options.task == "masked_lm" || options.task == "causal_lm" ||
                        options.task == "instruct" || options.task == "distil";
  if (headless && how.r_drop > 0) refuse("R-Drop is not for the task " + options.task, "r_drop");
  if (headless && how.adversarial != "none")
    refuse("adversarial training is not for the task " + options.task, "adversarial");
  if ((headless || options.task == "rank") && how.mixup > 0)
    refuse("mixup is not for the task " + options.task, "mixup");
  if (how.mixup > 0 && how.r_drop > 0) refuse("mixup and R-Drop do not go together", "mixup");
  if (how.adversarial != "none" && (options.frozen_layers > 0 || options.tune == "head"))
    refuse("adversarial training moves the embeddings, which frozen layers do not read again", "adversarial");
}

void check_groups(const OptimizerOptions& optimizer) {
  for (const ParameterGroupOptions& group : optimizer.groups) {
    if (group.parameters.empty())
      throw Error(ErrorCode::kConfig, "a group says no parameters", "as in parameters = [\"classifier.*\"]",
                  {.key = "optimizer.groups"});
    if (!group.learning_rate && !group.weight_decay)
      throw Error(ErrorCode::kConfig, "a group has neither a rate nor a weight decay of its own",
                  "give it learning_rate or weight_decay", {.key = "optimizer.groups"});
    if (group.learning_rate && optimizer.learning_rate && *optimizer.learning_rate == 0)
      throw Error(ErrorCode::kConfig, "a group has a rate of its own, and all others learn by a rate of 0",
                  "finetune.tune = \"head\" and finetune.frozen_layers leave parameters as they are",
                  {.key = "optimizer.learning_rate"});
  }
}

void check_virtual_tokens(const FinetuneOptions& options) {
  const bool decoder = options.task == "causal_lm" || options.task == "instruct";
  if (options.tune == "prefix" && !decoder)
    throw Error(ErrorCode::kConfig, "encoders have no prefixes of keys and values", "choose prompt",
                {.key = "finetune.tune"});
  if (options.frozen_layers > 0)
    throw Error(ErrorCode::kConfig, "every layer reads the learnt tokens, so none stays as it is", "leave it out",
                {.key = "finetune.frozen_layers"});
  if (options.task == "masked_lm")
    throw Error(ErrorCode::kConfig, "hidden words are not learnt by tokens in front of them", "choose another way",
                {.key = "finetune.tune"});
}

void check_adalora(const FinetuneConfig& config) {
  const FinetuneOptions& options = config.finetune;
  const auto refuse = [](const std::string& message, const std::string& hint, const char* key) {
    throw Error(ErrorCode::kConfig, message, hint, {.key = key});
  };
  if (options.adalora.initial_rank <= options.lora.rank)
    refuse("AdaLoRA cuts ranks from " + std::to_string(options.adalora.initial_rank) + " to a mean of " +
               std::to_string(options.lora.rank),
           "raise it above finetune.lora.rank", "finetune.adalora.initial_rank");
  if (options.adalora.warmup + options.adalora.settled > 0.95)
    refuse("the steps before the first cut and behind the last leave none between them",
           "together at most 0.95 of the steps", "finetune.adalora.settled");
  if (options.regularisation.swa > 0)
    refuse("an average of weights has more ranks than each of them", "leave it out", "finetune.regularisation.swa");
  if (config.optimizer_options().ema > 0)
    refuse("an average of weights has more ranks than each of them", "leave it out", "optimizer.ema");
}

void check_compression(const FinetuneConfig& config) {
  const FinetuneOptions& options = config.finetune;
  const CompressionOptions& how = options.compression;
  const bool pruned = how.sparse != "none";
  if (!pruned && how.quantise == "none") return;
  const auto refuse = [](const std::string& message, const std::string& hint, const char* key) {
    throw Error(ErrorCode::kConfig, message, hint, {.key = std::string("finetune.compression.") + key});
  };
  const char* const key = pruned ? "sparse" : "quantise";
  if (options.task == "causal_lm" || options.task == "instruct")
    refuse("decoders are not compressed while they are trained", "genre lm quantize does so afterwards", key);
  if (options.tune != "full")
    refuse("weights that are compressed are trained themselves", "choose finetune.tune = \"full\"", key);
  if (how.warmup + how.settled > 0.95)
    refuse("the steps before the first choice and behind the last leave none between them",
           "together at most 0.95 of the steps", "settled");
  if (pruned && (options.regularisation.swa > 0 || config.optimizer_options().ema > 0))
    refuse("an average of weights is over several choices of zeros", "leave out swa and ema", "sparse");
}

void check_pipeline(const FinetuneOptions& options) {
  const auto refuse = [](const std::string& message, const char* key) {
    throw Error(ErrorCode::kConfig, message, "", {.key = key});
  };
  const RegularisationOptions& how = options.regularisation;
  if (options.frozen_layers >= options.pipeline.layers)
    refuse("the first process has no layer to train: " + std::to_string(options.frozen_layers) + " of its " +
               std::to_string(options.pipeline.layers) + " are frozen",
           "finetune.pipeline.layers");
  if (how.r_drop > 0 || how.mixup > 0 || how.adversarial != "none")
    refuse("R-Drop, mixup and adversarial training go through the whole model", "finetune.regularisation");
}

void check_ensemble(const FinetuneOptions& options) {
  if (options.ensemble <= 1 && !options.fold_ensemble) return;
  const char* const key = options.fold_ensemble ? "finetune.fold_ensemble" : "finetune.ensemble";
  if (!is_labelled_task(options.task))
    throw Error(ErrorCode::kConfig, "models of the task " + options.task + " have no answers to average",
                "classify, multi_label, regress and rank have", {.key = key});
  if (options.fold_ensemble && options.ensemble > 1)
    throw Error(ErrorCode::kConfig, "an ensemble has members of other seeds or of other folds", "choose one",
                {.key = key});
}

void check_pseudo_labels(const FinetuneOptions& options) {
  const bool texts = std::ranges::any_of(options.examples, [](const auto& one) { return one.part == "unlabelled"; });
  const auto refuse = [](const std::string& message, const std::string& hint) {
    throw Error(ErrorCode::kConfig, message, hint, {.key = "finetune.pseudo_labels.rounds"});
  };
  if (texts && options.pseudo_labels.rounds == 0)
    refuse("unlabelled texts are there, and nothing labels them", "set it to 1 or more");
  if (options.pseudo_labels.rounds == 0) return;
  if (!texts) refuse("there are no texts to label", "give [[finetune.examples]] with part = \"unlabelled\"");
  if (options.task != "classify") refuse("only classify learns from labels that a model gives", "leave it out");
  if (options.ensemble > 1 || options.fold_ensemble || options.time_slices.count > 0)
    refuse("rounds do not go together with ensembles or slices of time", "choose one");
}

void check_time_slices(const FinetuneOptions& options) {
  if (options.time_slices.count == 0) return;
  const auto refuse = [](const std::string& message, const std::string& hint, const char* key) {
    throw Error(ErrorCode::kConfig, message, hint, {.key = key});
  };
  if (!is_labelled_task(options.task))
    refuse("models of the task " + options.task + " are not measured slice by slice",
           "classify, multi_label, regress and rank are", "finetune.time_slices.count");
  if (options.tune == "prompt" || options.tune == "adapter")
    refuse("a training does not go on from what stands beside the weights of the model before it",
           "choose full, lora, adalora, ia3, bitfit or head", "finetune.tune");
  if (options.ensemble > 1 || options.folds > 0)
    refuse("slices of time do not go together with ensembles or folds", "choose one", "finetune.time_slices.count");
  if (std::ranges::any_of(options.examples, [](const auto& one) { return one.weight != 1; }))
    refuse("the examples of slices all count alike", "leave it out", "finetune.examples.weight");
  if (options.task == "rank" && options.metric == "loss")
    refuse("served scores have no loss", "choose ndcg@10 or mrr", "finetune.metric");
}

void check_weights(const FinetuneOptions& options) {
  const bool weighted = options.task == "classify" || options.task == "multi_label" || options.task == "regress";
  for (const auto& source : options.examples)
    if (source.weight != 1 && !weighted)
      throw Error(ErrorCode::kConfig, "examples of the task " + options.task + " all count alike", "leave it out",
                  {.key = "finetune.examples.weight"});
}

void check_heads(const FinetuneOptions& options) {
  const auto refuse = [](const std::string& message, const std::string& hint, const char* key = "finetune.heads") {
    throw Error(ErrorCode::kConfig, message, hint, {.key = key});
  };
  if (options.task != "multi_task") {
    if (!options.heads.empty()) refuse("heads are for the task multi_task", "set finetune.task to it");
    return;
  }
  if (options.heads.size() < 2) refuse("multi_task wants two heads or more", "add [[finetune.heads]] tables");
  if (!options.examples.empty())
    refuse("the examples of multi_task belong to its heads", "put them into [[finetune.heads.examples]]",
           "finetune.examples");
  if (!options.distil.teacher.empty()) refuse("heads have no teacher", "leave it out", "finetune.distil.teacher");
  if (!options.labels.empty()) refuse("heads have labels of their own", "leave it out", "finetune.labels");
  std::set<std::string> names;
  for (const HeadOptions& head : options.heads) {
    const bool plain =
        std::ranges::all_of(head.name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; });
    if (head.name.empty() || !plain)
      refuse("a head is called '" + head.name + "', which is no name of a folder", "use letters, digits, - and _",
             "finetune.heads.name");
    if (!names.insert(head.name).second)
      refuse("two heads are called '" + head.name + "'", "name each once", "finetune.heads.name");
    if (head.examples.empty())
      refuse("the head '" + head.name + "' has no examples", "add [[finetune.heads.examples]] below it",
             "finetune.heads.examples");
  }
}

}  // namespace

void check_finetune_config(const FinetuneConfig& config) {
  check_track_options(config.track);
  const FinetuneOptions& options = config.finetune;
  check_heads(options);
  if (options.examples.empty() && options.task != "multi_task")
    throw Error(ErrorCode::kConfig, "there are no examples to learn from",
                "add a [[finetune.examples]] table with the path of a file and its columns text and label",
                {.key = "finetune.examples"});
  check_regularisation(options);
  check_ensemble(options);
  check_pseudo_labels(options);
  check_time_slices(options);
  check_weights(options);
  check_groups(config.optimizer_options());
  if (options.frozen_format != "fp32" && options.tune == "full")
    throw Error(ErrorCode::kConfig, "weights in blocks stay as they are, and all of them are to be trained",
                "choose an adapter", {.key = "finetune.frozen_format"});
  if (!options.start.empty() &&
      (options.tune == "full" || options.tune == "bitfit" || options.tune == "head" || options.tune == "adalora"))
    throw Error(ErrorCode::kConfig, "tune = \"" + options.tune + "\" starts from no adapter",
                "choose lora, ia3, adapter, prompt or prefix", {.key = "finetune.start"});
  if (!config.lm.adapter.empty())
    throw Error(ErrorCode::kConfig, "an adapter beside the weights is not trained with",
                "finetune.start begins with it", {.key = "lm.adapter"});
  if (options.distil.hidden > 0 && options.tune == "prompt")
    throw Error(ErrorCode::kConfig, "a teacher has no states of learnt tokens", "choose another way to train",
                {.key = "finetune.distil.hidden"});
  if (options.tune == "adalora") check_adalora(config);
  check_compression(config);
  if (options.pipeline.layers > 0) check_pipeline(options);
  if (options.tune == "prompt" || options.tune == "prefix") check_virtual_tokens(options);
  if (options.task == "rank" && (options.augmentation.copies > 0 || !options.augmentation.translate.empty()))
    throw Error(ErrorCode::kConfig, "the candidates of a query have no variations", "",
                {.key = "finetune.augmentation.copies"});
  if (options.task == "contrastive" && options.contrastive.hard_negatives > 0 && options.contrastive.loss == "cosent")
    throw Error(ErrorCode::kConfig, "cosent compares the pairs that there are, and has no negatives beside them",
                "give pairs that do not belong together a low label", {.key = "finetune.contrastive.hard_negatives"});
  if (options.augmentation.mask > 0 && options.augmentation.mask_text.empty())
    throw Error(ErrorCode::kConfig, "what masks a part is empty", "[MASK] for BERT, <mask> for RoBERTa",
                {.key = "finetune.augmentation.mask_text"});
  if (options.augmentation.separator.empty())
    throw Error(ErrorCode::kConfig, "the separator of parts is empty", "use a blank for words",
                {.key = "finetune.augmentation.separator"});
  if (options.ratio.size() != 3 || options.ratio[0] <= 0)
    throw Error(ErrorCode::kConfig, "the ratio wants three shares, the first above 0", "as in [0.8, 0.1, 0.1]",
                {.key = "finetune.ratio"});
  if (options.folds > 0 && options.fold >= options.folds)
    throw Error(ErrorCode::kConfig,
                "fold " + std::to_string(options.fold) + " is outside [0, " + std::to_string(options.folds) + ")",
                "folds count from 0", {.key = "finetune.fold"});
}

}  // namespace genre
