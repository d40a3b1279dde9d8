#include <fstream>
#include <iostream>

#include "lm_verbs.h"

namespace genre::app {

void add_model_option(CLI::App& verb, std::string& model) {
  verb.add_option("--model", model, "catalogue name or folder")->capture_default_str();
}

void add_precision_option(CLI::App& verb, std::string& precision) {
  verb.add_option("--precision", precision, "of the encoder's weights and products: fp32, bf16 or int8")
      ->check(CLI::IsMember({"fp32", "bf16", "int8"}))
      ->capture_default_str();
}

std::vector<std::string> read_lines(const std::string& path) {
  std::ifstream file;
  if (path != "-") {
    file.open(path);
    if (!file)
      throw Error(ErrorCode::kNotFound, "cannot read the texts",
                  "name a file with one text a line, or - for standard input", {.file = path});
  }
  std::istream& in = path == "-" ? std::cin : file;
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

void add_lm(CLI::App& app) {
  auto* const verb = app.add_subcommand(
      "lm", "language models: tokenize, embed, rank, classify, generate, score, finetune, convert, quantize, models, info");
  verb->require_subcommand(1);
  add_lm_tokenize(*verb);
  add_lm_embed(*verb);
  add_lm_rank(*verb);
  add_lm_classify(*verb);
  add_lm_generate(*verb);
  add_lm_score(*verb);
  add_lm_finetune(*verb);
  add_lm_convert(*verb);
  add_lm_quantize(*verb);
  add_lm_models(*verb);
  add_lm_info(*verb);
}

}  // namespace genre::app
