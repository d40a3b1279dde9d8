#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <numeric>

#include "command.h"
#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/progress.h"
#include "genre/linalg/npy.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/text_encoder.h"
#include "genre/text/tokenizer.h"

namespace genre::app {
namespace {

struct Arguments {
  LmOptions lm;
  std::string input, output_file;
};

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

void tokenize(const Arguments& arguments) {
  const auto tokenizer = load_tokenizer(resolve_model(arguments.lm.model));
  for (std::string line; std::getline(std::cin, line);)
    std::puts(nlohmann::json(tokenizer->encode(line, arguments.lm.maximum_tokens)).dump().c_str());
}

void embed(const Arguments& arguments) {
  const auto texts = read_lines(arguments.input);
  const TextEncoder encoder(resolve_model(arguments.lm.model), arguments.lm);
  const auto start = std::chrono::steady_clock::now();
  Progress progress("embed", static_cast<std::int64_t>(texts.size()));
  const Matrix vectors = encoder.encode(texts, [&](std::int64_t done) { progress.advance(done); });
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  write_npy(arguments.output_file, vectors);
  const auto counts = encoder.count_tokens(texts);
  const auto tokens = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  const double rate = seconds > 0 ? static_cast<double>(texts.size()) / seconds : 0;
  if (output().json)
    print_json("lm.embed", {{"texts", texts.size()},
                            {"tokens", tokens},
                            {"seconds", seconds},
                            {"texts_per_second", rate},
                            {"dimension", vectors.cols()},
                            {"precision", arguments.lm.precision}});
  else
    std::printf("%zu texts, %lld tokens in %.2f s (%.0f texts/s): %s\n", texts.size(), static_cast<long long>(tokens),
                seconds, rate, arguments.output_file.c_str());
}

void list_models() {
  auto models = nlohmann::ordered_json::array();
  for (const auto& model : catalogue_models()) {
    models.push_back({{"name", model.name},
                      {"family", model.family},
                      {"dimension", model.dimension},
                      {"bytes", model.bytes},
                      {"licence", model.licence},
                      {"repository", model.repository},
                      {"meaning", model.doc}});
    if (!output().json)
      std::printf("%-20s %s, %d dimensions, %.0f MB, %s\n", model.name.c_str(), model.doc.c_str(), model.dimension,
                  static_cast<double>(model.bytes) / 1e6, model.licence.c_str());
  }
  if (output().json) print_json("lm.models", {{"models", models}});
}

void info(const Arguments& arguments) {
  const auto folder = resolve_model(arguments.lm.model);
  const TextEncoder encoder(folder, arguments.lm);
  const auto tokenizer = load_tokenizer(folder);
  if (output().json)
    print_json("lm.info", {{"model", arguments.lm.model},
                           {"folder", folder.string()},
                           {"dimension", encoder.dimension()},
                           {"vocabulary", tokenizer->vocabulary_size()},
                           {"precision", arguments.lm.precision},
                           {"encoder_id", encoder.id()}});
  else
    std::printf("%s\nfolder      %s\ndimension   %d\nvocabulary  %d\nprecision   %s\nencoder id  %s\n",
                arguments.lm.model.c_str(), folder.string().c_str(), encoder.dimension(), tokenizer->vocabulary_size(),
                arguments.lm.precision.c_str(), encoder.id().c_str());
}

}  // namespace

void add_lm(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  auto* const verb = app.add_subcommand("lm", "language models: tokenize, embed, models, info");
  verb->require_subcommand(1);
  auto* const tokens =
      add_verb(*verb, "tokenize", "read lines from standard input, write one JSON array of token ids a line",
               "  echo 'Toy Story (1995)' | genre lm tokenize\n");
  auto* const vectors = add_verb(*verb, "embed", "one text a line in, one vector a row out (.npy, float32)",
                                 "  genre lm embed --input titles.txt --output titles.npy --json\n");
  auto* const models = add_verb(*verb, "models", "the model catalogue", "");
  auto* const about = add_verb(*verb, "info", "what a model is and where it lies", "  genre lm info\n");
  for (auto* const sub : {tokens, vectors, about}) {
    sub->add_option("--model", arguments->lm.model, "catalogue name or folder")->capture_default_str();
    sub->add_option("--max-tokens", arguments->lm.maximum_tokens,
                    "truncate to so many tokens (0: the model's own limit)")
        ->capture_default_str();
  }
  vectors->add_option("--precision", arguments->lm.precision, "fp32")
      ->check(CLI::IsMember({"fp32"}))
      ->capture_default_str();
  vectors->add_option("--input", arguments->input, "file with one text a line, or -")->required();
  vectors->add_option("--output", arguments->output_file, ".npy file to write")->required();
  tokens->callback([arguments] { tokenize(*arguments); });
  vectors->callback([arguments] { embed(*arguments); });
  models->callback([] { list_models(); });
  about->callback([arguments] { info(*arguments); });
}

}  // namespace genre::app
