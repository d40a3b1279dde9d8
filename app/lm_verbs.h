// The verbs below `genre lm`, one file each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "command.h"
#include "genre/lm/options.h"

namespace genre::app {

// Adds --model, which every verb below `genre lm` takes.
void add_model_option(CLI::App& verb, std::string& model);
// Adds --precision of an encoder.
void add_precision_option(CLI::App& verb, std::string& precision);
// Adds --adapter, the folder of an adapter beside the weights.
void add_adapter_option(CLI::App& verb, std::string& adapter);
inline double megabytes(std::int64_t bytes) { return static_cast<double>(bytes) / 1e6; }
// Six short texts, which models are compared on where no others are given.
const std::vector<std::string>& sample_texts();
// Lines of a file, or of standard input for "-". Throws Error(kNotFound).
std::vector<std::string> read_lines(const std::string& path);

void add_lm_classify(CLI::App& lm);
void add_lm_convert(CLI::App& lm);
void add_lm_embed(CLI::App& lm);
void add_lm_finetune(CLI::App& lm);
void add_lm_generate(CLI::App& lm);
void add_lm_info(CLI::App& lm);
void add_lm_lr_find(CLI::App& lm);
void add_lm_models(CLI::App& lm);
void add_lm_prune(CLI::App& lm);
void add_lm_quantize(CLI::App& lm);
void add_lm_rank(CLI::App& lm);
void add_lm_score(CLI::App& lm);
void add_lm_tokenize(CLI::App& lm);

}  // namespace genre::app
