#include <cstdio>
#include <iostream>

#include "genre/lm/catalogue.h"
#include "genre/text/tokenizer.h"
#include "lm_verbs.h"

namespace genre::app {
namespace {

void tokenize(const LmOptions& lm) {
  const auto tokenizer = load_tokenizer(resolve_model(lm.model));
  for (std::string line; std::getline(std::cin, line);)
    std::puts(nlohmann::json(tokenizer->encode(line, lm.maximum_tokens)).dump().c_str());
}

}  // namespace

void add_lm_tokenize(CLI::App& parent) {
  auto lm = std::make_shared<LmOptions>();
  auto* const verb =
      add_verb(parent, "tokenize", "read lines from standard input, write one JSON array of token ids a line",
               "  echo 'Toy Story (1995)' | genre lm tokenize\n");
  add_model_option(*verb, lm->model);
  verb->add_option("--max-tokens", lm->maximum_tokens, "truncate to so many tokens (0: the model's own limit)")
      ->capture_default_str();
  verb->callback([lm] { tokenize(*lm); });
}

}  // namespace genre::app
