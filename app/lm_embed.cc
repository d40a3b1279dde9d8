#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>

#include "genre/base/progress.h"
#include "genre/linalg/npy.h"
#include "genre/lm/adapter_folder.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/decoder_text_encoder.h"
#include "genre/lm/linear.h"
#include "genre/lm/model_description.h"
#include "genre/lm/prompt.h"
#include "genre/lm/text_encoder.h"
#include "lm_verbs.h"

namespace genre::app {
namespace {

struct LmEmbedArguments {
  LmOptions lm;
  std::string input, output_file, role = "item", prompt = "auto";
  std::string pooling = "last";  // of decoders
};

struct Embedded {
  Matrix vectors;
  std::int64_t tokens;
  double seconds;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Embedded embed_with_encoder(const LmEmbedArguments& arguments, const std::filesystem::path& model,
                            const std::vector<std::string>& texts) {
  LmOptions lm = arguments.lm;
  lm.item_prompt = lm.query_prompt = arguments.prompt;
  const TextRole role = arguments.role == "query" ? TextRole::kQuery : TextRole::kItem;
  const TextEncoder encoder(model, lm);
  const auto start = std::chrono::steady_clock::now();
  Progress progress("embed", static_cast<std::int64_t>(texts.size()));
  Matrix vectors = encoder.encode(texts, role, [&](std::int64_t done) { progress.advance(done); });
  const double seconds = seconds_since(start);
  const auto counts = encoder.count_tokens(texts, role);
  return {std::move(vectors), std::accumulate(counts.begin(), counts.end(), std::int64_t{0}), seconds};
}

Embedded embed_with_decoder(const LmEmbedArguments& arguments, const std::filesystem::path& model,
                            const std::vector<std::string>& texts) {
  if (arguments.lm.precision != "fp32")
    throw Error(ErrorCode::kUsage, "a decoder embeds in fp32", "leave --precision out", {.key = "precision"});
  Decoder base(model, DecoderPrecision::kFp32);
  const Decoder decoder =
      arguments.lm.adapter.empty() ? std::move(base) : base.with_adapter(find_adapter(model, arguments.lm.adapter));
  const auto start = std::chrono::steady_clock::now();
  Progress progress("embed", static_cast<std::int64_t>(texts.size()));
  const auto limit = static_cast<std::size_t>(arguments.lm.maximum_tokens > 0 ? arguments.lm.maximum_tokens
                                                                              : decoder.config().positions);
  std::vector<std::vector<std::int32_t>> ids;
  std::int64_t tokens = 0;
  for (const auto& text : texts) {
    ids.push_back(text_prompt(decoder.tokenizer(), decoder.config().begin_token, text));
    ids.back().resize(std::min(ids.back().size(), limit));
    tokens += static_cast<std::int64_t>(ids.back().size());
  }
  const auto pooling = arguments.pooling == "mean" ? DecoderPooling::kMean : DecoderPooling::kLast;
  Matrix vectors = encode_with_decoder(decoder, ids, pooling, [&](std::int64_t done) { progress.advance(done); });
  return {std::move(vectors), tokens, seconds_since(start)};
}

void embed(const LmEmbedArguments& arguments) {
  const auto texts = read_lines(arguments.input);
  const auto model = resolve_model(arguments.lm.model);
  const bool is_decoder = describe_model(model).cache_bytes_per_position > 0;
  const auto [vectors, tokens, seconds] =
      is_decoder ? embed_with_decoder(arguments, model, texts) : embed_with_encoder(arguments, model, texts);
  write_npy(arguments.output_file, vectors);
  const double rate = seconds > 0 ? static_cast<double>(texts.size()) / seconds : 0;
  const std::string kernels(encoder_kernel_name(encoder_precision(arguments.lm.precision)));
  if (output().json)
    print_json("lm.embed", {{"texts", texts.size()},
                            {"tokens", tokens},
                            {"seconds", seconds},
                            {"texts_per_second", rate},
                            {"dimension", vectors.cols()},
                            {"precision", arguments.lm.precision},
                            {"kernels", kernels}});
  else
    std::printf("%zu texts, %lld tokens in %.2f s (%.0f texts/s, %s on %s): %s\n", texts.size(),
                static_cast<long long>(tokens), seconds, rate, arguments.lm.precision.c_str(), kernels.c_str(),
                arguments.output_file.c_str());
}

}  // namespace

void add_lm_embed(CLI::App& parent) {
  auto arguments = std::make_shared<LmEmbedArguments>();
  auto* const verb = add_verb(parent, "embed", "one text a line in, one vector a row out (.npy, float32)",
                              "  genre lm embed --input titles.txt --output titles.npy --json\n");
  auto* const lm = &arguments->lm;
  add_model_option(*verb, lm->model);
  verb->add_option("--max-tokens", lm->maximum_tokens, "truncate to so many tokens (0: the model's own limit)")
      ->capture_default_str();
  add_precision_option(*verb, lm->precision);
  add_adapter_option(*verb, lm->adapter);
  verb->add_option("--pooling", arguments->pooling,
                   "of a decoder's states: last or mean; an encoder's own files say it")
      ->check(CLI::IsMember({"last", "mean"}))
      ->capture_default_str();
  verb->add_option("--role", arguments->role, "what the texts are; chooses the model's prompt: item or query")
      ->check(CLI::IsMember({"item", "query"}))
      ->capture_default_str();
  verb->add_option(
          "--prompt", arguments->prompt,
          "put before each text: auto (as the model's files say), none, a name among its prompts, or text:WORDS")
      ->capture_default_str();
  verb->add_option("--input", arguments->input, "file with one text a line, or -")->required();
  verb->add_option("--output", arguments->output_file, ".npy file to write")->required();
  verb->callback([arguments] { embed(*arguments); });
}

}  // namespace genre::app
