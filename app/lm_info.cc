#include <cstdio>

#include "genre/lm/catalogue.h"
#include "genre/lm/text_encoder.h"
#include "genre/text/tokenizer.h"
#include "lm_verbs.h"

namespace genre::app {
namespace {

void info(const LmOptions& lm) {
  const auto folder = resolve_model(lm.model);
  const TextEncoder encoder(folder, lm);
  const auto tokenizer = load_tokenizer(folder);
  if (output().json)
    print_json("lm.info", {{"model", lm.model},
                           {"folder", folder.string()},
                           {"dimension", encoder.dimension()},
                           {"vocabulary", tokenizer->vocabulary_size()},
                           {"precision", lm.precision},
                           {"encoder_id", encoder.id()}});
  else
    std::printf("%s\nfolder      %s\ndimension   %d\nvocabulary  %d\nprecision   %s\nencoder id  %s\n",
                lm.model.c_str(), folder.string().c_str(), encoder.dimension(), tokenizer->vocabulary_size(),
                lm.precision.c_str(), encoder.id().c_str());
}

}  // namespace

void add_lm_info(CLI::App& parent) {
  auto lm = std::make_shared<LmOptions>();
  auto* const verb = add_verb(parent, "info", "what a model is and where it lies", "  genre lm info\n");
  add_model_option(*verb, lm->model);
  verb
      ->add_option("--max-tokens", lm->maximum_tokens, "truncate to so many tokens (0: the model's own limit)")
      ->capture_default_str();
  verb->callback([lm] { info(*lm); });
}

}  // namespace genre::app
