#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "genre/linalg/gemm.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/compact_encoder.h"
#include "genre/lm/divergence.h"
#include "genre/lm/model_description.h"
#include "genre/lm/pruning.h"
#include "genre/lm/vector_agreement.h"
#include "genre/nn/sparse_matrix.h"
#include "lm_verbs.h"

namespace genre::app {
namespace {

struct LmPruneArguments {
  std::string model = LmOptions().model, output_path, texts, vocabulary, sparse;
  PruningOptions options;
  CompactOptions compact;
};

// Parts are measured on three lines of four, and what the model has lost on the fourth.
struct Samples {
  std::vector<std::string> measured, held_out;
};

Samples split(const std::vector<std::string>& lines) {
  constexpr std::size_t kFewest = 8, kEvery = 4;
  Samples out;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (!lines[i].empty()) (i % kEvery == kEvery - 1 ? out.held_out : out.measured).push_back(lines[i]);
  if (out.measured.size() + out.held_out.size() < kFewest)
    throw Error(ErrorCode::kData, "there are fewer than 8 texts to measure on",
                "name a file with more texts of the kind that the model is for, one a line");
  return out;
}

nlohmann::ordered_json to_json(const ModelSize& size) {
  return {{"layers", size.layers},         {"heads", size.heads},           {"feed_forward", size.feed_forward},
          {"vocabulary", size.vocabulary}, {"parameters", size.parameters}, {"bytes", size.bytes}};
}

nlohmann::ordered_json finite(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

void print_sizes(const Pruning& done) {
  const auto row = [](const char* name, std::int64_t before, std::int64_t after) {
    std::printf("%-20s %12lld %12lld\n", name, static_cast<long long>(before), static_cast<long long>(after));
  };
  std::printf("%-20s %12s %12s\n", "", "before", "after");
  row("layers", done.before.layers, done.after.layers);
  row("heads of a layer", done.before.heads, done.after.heads);
  row("units of a layer", done.before.feed_forward, done.after.feed_forward);
  row("vocabulary", done.before.vocabulary, done.after.vocabulary);
  row("parameters", done.before.parameters, done.after.parameters);
  std::printf("%-20s %12.1f %12.1f\n", "MB", megabytes(done.before.bytes), megabytes(done.after.bytes));
}

// Texts a second of both models in turns, the best of each.
std::pair<double, double> speeds(const TextEncoder& before, const TextEncoder& after,
                                 const std::vector<std::string>& texts) {
  constexpr int kTurns = 5;
  double best[2] = {0, 0};
  for (int turn = 0; turn < kTurns; ++turn)
    for (const int which : {0, 1}) {
      const auto start = std::chrono::steady_clock::now();
      (which == 0 ? before : after).encode(texts);
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      best[which] = std::max(best[which], static_cast<double>(texts.size()) / seconds);
    }
  return {best[0], best[1]};
}

void compact(const LmPruneArguments& arguments) {
  const auto path = resolve_model(arguments.model);
  if (describe_model(path).cache_bytes_per_position > 0)
    throw Error(ErrorCode::kConfig, "weights of decoders are not made sparse or low-rank", "prune an encoder");
  CompactOptions options = arguments.compact;
  options.form = options.rank > 0              ? CompactForm::kLowRank
                 : arguments.sparse == "block" ? CompactForm::kBlocks
                                               : CompactForm::kTwoFour;
  const Samples samples = split(read_lines(arguments.texts));
  const Compaction done = compact_encoder(path, options, samples.measured, arguments.output_path);
  const TextEncoder before(path, {}), after(arguments.output_path, {});
  const VectorAgreement vectors = agreement(before, after, samples.held_out);
  const auto [speed_before, speed_after] = speeds(before, after, samples.held_out);
  const std::string kernels(options.form == CompactForm::kLowRank ? gemm_kernel_name() : nn::sparse_kernel_name());
  if (output().json)
    return print_json(
        "lm.prune",
        {{"model", arguments.model},
         {"output", arguments.output_path},
         {"weights", done.weights},
         {"weight_bytes", {{"before", done.weight_bytes_before}, {"after", done.weight_bytes_after}}},
         {"bytes", {{"before", done.bytes_before}, {"after", done.bytes_after}}},
         {"relative_error", done.relative_error},
         {"held_out", {{"texts", vectors.texts}, {"mean_cosine", vectors.mean}, {"worst_cosine", vectors.worst}}},
         {"texts_per_second", {{"before", speed_before}, {"after", speed_after}}},
         {"kernels", {{"before", gemm_kernel_name()}, {"after", kernels}}}});
  std::printf("%lld matrices of layers: %.2f MB before, %.2f MB after, relative error %.5f\n",
              static_cast<long long>(done.weights), megabytes(done.weight_bytes_before),
              megabytes(done.weight_bytes_after), done.relative_error);
  std::printf("%s: %.2f MB before, %.2f MB after\n", arguments.output_path.c_str(), megabytes(done.bytes_before),
              megabytes(done.bytes_after));
  std::printf("%lld texts held out: cosine to the whole model mean %.5f, worst %.5f\n",
              static_cast<long long>(vectors.texts), vectors.mean, vectors.worst);
  std::printf("texts/s, best of 5 turns: %.0f before (%s), %.0f after (%s)\n", speed_before,
              std::string(gemm_kernel_name()).c_str(), speed_after, kernels.c_str());
}

bool cuts(const LmPruneArguments& arguments) {
  const PruningOptions& options = arguments.options;
  return !options.keep_layers.empty() || options.layers > 0 || options.heads > 0 || options.feed_forward > 0 ||
         !arguments.vocabulary.empty();
}

void prune(const LmPruneArguments& arguments) {
  const auto path = resolve_model(arguments.model);
  PruningOptions options = arguments.options;
  if (!arguments.vocabulary.empty()) options.vocabulary = read_lines(arguments.vocabulary);
  const Samples samples = split(arguments.texts.empty() ? options.vocabulary : read_lines(arguments.texts));
  const bool is_decoder = describe_model(path).cache_bytes_per_position > 0;
  const Pruning done =
      (is_decoder ? prune_decoder : prune_encoder)(path, options, samples.measured, arguments.output_path);
  VectorAgreement vectors;
  Divergence predictions;
  if (is_decoder)
    predictions = divergence(Decoder(path, DecoderPrecision::kFp32),
                             Decoder(arguments.output_path, DecoderPrecision::kFp32), samples.held_out);
  else
    vectors = agreement(TextEncoder(path, {}), TextEncoder(arguments.output_path, {}), samples.held_out);
  if (output().json) {
    auto left_out = nlohmann::ordered_json::array();
    for (const auto& [layer, change] : done.left_out) left_out.push_back({{"layer", layer}, {"change", change}});
    nlohmann::ordered_json accuracy;
    if (is_decoder)
      accuracy = {{"positions", predictions.positions},
                  {"mean_kl", finite(predictions.mean_kl)},
                  {"worst_kl", finite(predictions.worst_kl)},
                  {"same_best", finite(predictions.same_best)},
                  {"perplexity_before", finite(predictions.reference_perplexity)},
                  {"perplexity_after", finite(predictions.perplexity)}};
    else
      accuracy = {{"texts", vectors.texts}, {"mean_cosine", vectors.mean}, {"worst_cosine", vectors.worst}};
    return print_json("lm.prune", {{"model", arguments.model},
                                   {"output", arguments.output_path},
                                   {"architecture", done.architecture},
                                   {"before", to_json(done.before)},
                                   {"after", to_json(done.after)},
                                   {"kept_layers", done.kept_layers},
                                   {"left_out", left_out},
                                   {"held_out", accuracy}});
  }
  for (const auto& [layer, change] : done.left_out)
    std::printf("layer %d left out: %s %.5f\n", layer, is_decoder ? "mean KL" : "mean cosine distance of vectors",
                change);
  print_sizes(done);
  if (is_decoder)
    std::printf(
        "%s on %lld positions held out: mean KL %.5f, same likeliest token at %.1f %%, perplexity %.2f > %.2f\n",
        arguments.output_path.c_str(), static_cast<long long>(predictions.positions), predictions.mean_kl,
        100 * predictions.same_best, predictions.reference_perplexity, predictions.perplexity);
  else
    std::printf("%s on %lld texts held out: cosine to the whole model mean %.5f, worst %.5f\n",
                arguments.output_path.c_str(), static_cast<long long>(vectors.texts), vectors.mean, vectors.worst);
}

}  // namespace

void add_lm_prune(CLI::App& parent) {
  auto arguments = std::make_shared<LmPruneArguments>();
  auto* const verb =
      add_verb(parent, "prune",
               "a smaller model: fewer layers, heads, feed-forward units or tokens, or sparse or low-rank weights",
               "  genre lm prune --layers 4 --ffn 1024 --texts titles.txt --output small\n"
               "  genre lm prune --vocabulary titles.txt --output small\n"
               "  genre lm prune --sparse 2:4 --texts titles.txt --output sparse\n");
  auto& options = arguments->options;
  add_model_option(*verb, arguments->model);
  verb->add_option("--output", arguments->output_path, "new folder")->required();
  auto* const layers = verb->add_option("--layers", options.layers, "how many stay: those that the texts need most")
                           ->check(CLI::PositiveNumber);
  verb->add_option("--keep-layers", options.keep_layers, "the layers that stay, from 0: 0,2,4")
      ->delimiter(',')
      ->excludes(layers);
  verb->add_option("--heads", options.heads, "attention heads that stay in each layer of an encoder")
      ->check(CLI::PositiveNumber);
  verb->add_flag("--keep-shapes", options.keep_shapes,
                 "make the heads that go zeros and take no memory away: transformers 5 reads no other form");
  verb->add_option("--ffn", options.feed_forward, "feed-forward units that stay in each layer of an encoder")
      ->check(CLI::PositiveNumber);
  auto* const vocabulary = verb->add_option("--vocabulary", arguments->vocabulary,
                                            "file with one text a line; tokens that none of them has go");
  auto* const texts =
      verb->add_option("--texts", arguments->texts,
                       "file with one text a line to measure on (default: that of --vocabulary); each fourth is held "
                       "out and shows what is lost");
  auto* const sparse =
      verb->add_option("--sparse", arguments->sparse,
                       "store the weights of an encoder's layers sparsely: 2:4 (two of each four) or block (of 4 x 4)")
          ->check(CLI::IsMember({"2:4", "block"}));
  verb->add_option("--density", arguments->compact.density, "share of the blocks that stays")
      ->needs(sparse)
      ->capture_default_str();
  auto* const rank =
      verb->add_option("--rank", arguments->compact.rank, "store them as products of two factors of this rank")
          ->check(CLI::PositiveNumber)
          ->excludes(sparse);
  verb->callback([arguments, texts, vocabulary, sparse, rank] {
    const bool stores = !sparse->empty() || !rank->empty();
    if (!stores && !cuts(*arguments))
      throw Error(ErrorCode::kUsage, "nothing is to be pruned",
                  "give --layers, --keep-layers, --heads, --ffn, --vocabulary, --sparse or --rank");
    if (stores && cuts(*arguments))
      throw Error(ErrorCode::kUsage, "parts are cut and weights made sparse in two runs",
                  "cut first, then make that model sparse");
    if (texts->empty() && vocabulary->empty())
      throw Error(ErrorCode::kUsage, "there are no texts to measure on", "give --texts FILE");
    stores ? compact(*arguments) : prune(*arguments);
  });
}

}  // namespace genre::app
