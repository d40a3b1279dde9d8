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

void add_adapter_option(CLI::App& verb, std::string& adapter) {
  verb.add_option("--adapter", adapter,
                  "folder of an adapter as PEFT or AdapterHub writes it, or the name of one in the model's folder "
                  "adapters; the weights stay as they are");
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

const std::vector<std::string>& sample_texts() {
  static const std::vector<std::string> texts = {
      "A cowboy doll is profoundly threatened when a new spaceman figure supplants him as the favourite toy in a boy's "
      "room.",
      "This daily moisturiser with green tea and hyaluronic acid is light, has no scent, and suits dry and sensitive "
      "skin.",
      "The committee met on 14 March 2019 to decide whether the bridge, built in 1907, should be repaired or replaced.",
      "If you liked the first two novels of the series, you may enjoy the third, although its ending divided the "
      "critics.",
      "To install the shelf, mark two points 60 cm apart, drill holes of 8 mm, insert the plugs and tighten the "
      "screws.",
      "Two sisters inherit their father's farm and must choose between selling the land and a debt they cannot pay."};
  return texts;
}

void add_lm(CLI::App& app) {
  auto* const verb = app.add_subcommand(
      "lm",
      "language models: tokenize, embed, rank, classify, generate, score, finetune, pretrain, distill, lr-find, convert, "
      "quantize, prune, models, info");
  verb->require_subcommand(1);
  add_lm_tokenize(*verb);
  add_lm_embed(*verb);
  add_lm_rank(*verb);
  add_lm_classify(*verb);
  add_lm_generate(*verb);
  add_lm_score(*verb);
  add_lm_finetune(*verb);
  add_lm_lr_find(*verb);
  add_lm_convert(*verb);
  add_lm_quantize(*verb);
  add_lm_prune(*verb);
  add_lm_models(*verb);
  add_lm_info(*verb);
}

}  // namespace genre::app
