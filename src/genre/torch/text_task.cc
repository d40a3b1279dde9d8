#include "genre/torch/text_task.h"

#include <algorithm>
#include <cassert>

#include "genre/torch/causal_language.h"
#include "genre/torch/classification.h"
#include "genre/torch/contrastive.h"
#include "genre/torch/distillation.h"
#include "genre/torch/masked_language.h"
#include "genre/torch/multi_label.h"
#include "genre/torch/multi_task.h"
#include "genre/torch/ranking.h"
#include "genre/torch/regression.h"

namespace genre::trainer {
namespace {

template <class Task>
std::unique_ptr<TextTask> make(const FinetuneConfig& config) {
  return std::make_unique<Task>(config);
}

}  // namespace

std::span<const TextTaskEntry> text_tasks() {
  static constexpr TextTaskEntry kTasks[] = {{"classify", &make<Classification>}, {"multi_label", &make<MultiLabel>},
                                             {"regress", &make<Regression>},      {"rank", &make<Ranking>},
                                             {"contrastive", &make<Contrastive>}, {"masked_lm", &make<MaskedLanguage>},
                                             {"causal_lm", &make<NextWord>},      {"instruct", &make<Instruction>},
                                             {"distil", &make<Distillation>},     {"multi_task", &make<MultiTask>}};
  return kTasks;
}

std::unique_ptr<TextTask> make_text_task(const FinetuneConfig& config) {
  const auto found = std::ranges::find(text_tasks(), config.finetune.task, &TextTaskEntry::name);
  assert(found != text_tasks().end());  // the configuration knows the names
  return found->make(config);
}

}  // namespace genre::trainer
