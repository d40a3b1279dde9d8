#include <chrono>
#include <cstdio>
#include <numeric>

#include "genre/base/progress.h"
#include "genre/linalg/npy.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/text_encoder.h"
#include "lm_verbs.h"

namespace genre::app {
namespace {

struct Arguments {
  LmOptions lm;
  std::string input, output_file;
};

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

}  // namespace

void add_lm_embed(CLI::App& parent) {
  auto arguments = std::make_shared<Arguments>();
  auto* const verb = add_verb(parent, "embed", "one text a line in, one vector a row out (.npy, float32)",
                              "  genre lm embed --input titles.txt --output titles.npy --json\n");
  auto* const lm = &arguments->lm;
  add_model_option(*verb, lm->model);
  verb
      ->add_option("--max-tokens", lm->maximum_tokens, "truncate to so many tokens (0: the model's own limit)")
      ->capture_default_str();
  verb->add_option("--precision", lm->precision, "fp32")->check(CLI::IsMember({"fp32"}))->capture_default_str();
  verb->add_option("--input", arguments->input, "file with one text a line, or -")->required();
  verb->add_option("--output", arguments->output_file, ".npy file to write")->required();
  verb->callback([arguments] { embed(*arguments); });
}

}  // namespace genre::app
