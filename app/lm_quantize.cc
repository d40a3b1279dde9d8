#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>

#include "genre/base/log.h"
#include "genre/base/progress.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/divergence.h"
#include "genre/lm/gguf_names.h"
#include "genre/lm/quantise.h"
#include "lm_verbs.h"

namespace genre::app {
namespace {

const std::map<std::string, BlockFormat>& formats() {
  static const std::map<std::string, BlockFormat> all = {{"q8_0", BlockFormat::kQ8_0},
                                                         {"q4_0", BlockFormat::kQ4_0},
                                                         {"q4_1", BlockFormat::kQ4_1},
                                                         {"q4_k", BlockFormat::kQ4_K},
                                                         {"q6_k", BlockFormat::kQ6_K}};
  return all;
}

struct LmQuantizeArguments {
  std::string model = LmOptions().model, format = "q8_0", output_path, texts;
};

// The quantised model as it runs against the input in fp32; none for models that are no decoders or have no tokenizer.
std::optional<Divergence> measured(const LmQuantizeArguments& arguments, const std::string& architecture,
                                   const std::filesystem::path& input) {
  if (model_family(architecture).value_or(ModelFamily::kBert) == ModelFamily::kBert) return std::nullopt;
  const auto texts = arguments.texts.empty() ? sample_texts() : read_lines(arguments.texts);
  try {
    const Decoder before(input, DecoderPrecision::kFp32), after(arguments.output_path, DecoderPrecision::kNative);
    return divergence(before, after, texts);
  } catch (const Error& e) {
    if (e.code() == ErrorCode::kInterrupted) throw;
    log_warning(std::string("predictions are not compared: ") + e.what());
    return std::nullopt;
  }
}

void quantize(const LmQuantizeArguments& arguments) {
  const auto path = resolve_model(arguments.model);
  Progress progress("quantize tensors", 0);
  const Quantisation done = quantise_model(path, formats().at(arguments.format), arguments.output_path,
                                           [&](std::int64_t count) { progress.advance(count); });
  const auto change = measured(arguments, done.architecture, path);
  if (output().json) {
    nlohmann::ordered_json predictions = nullptr;
    if (change && change->positions > 0)
      predictions = {{"positions", change->positions},
                     {"mean_kl", change->mean_kl},
                     {"worst_kl", change->worst_kl},
                     {"same_best", change->same_best}};
    auto kinds = nlohmann::ordered_json::array();
    for (const auto& kind : done.kinds)
      kinds.push_back({{"kind", kind.kind},
                       {"tensors", kind.tensors},
                       {"parameters", kind.parameters},
                       {"format_before", kind.format_before},
                       {"format_after", kind.format_after},
                       {"bytes_before", kind.bytes_before},
                       {"bytes_after", kind.bytes_after},
                       {"relative_error", kind.relative_error}});
    return print_json("lm.quantize", {{"model", arguments.model},
                                      {"output", arguments.output_path},
                                      {"architecture", done.architecture},
                                      {"bytes_before", done.bytes_before},
                                      {"bytes_after", done.bytes_after},
                                      {"relative_error", done.relative_error},
                                      {"predictions", predictions},
                                      {"kinds", kinds}});
  }
  std::printf("%-24s %8s  %-20s %18s  %s\n", "tensors of one kind", "count", "format", "MB", "relative error");
  for (const auto& kind : done.kinds)
    std::printf("%-24s %8lld  %-20s %8.2f > %7.2f  %.5f\n", kind.kind.c_str(), static_cast<long long>(kind.tensors),
                (kind.format_before + " > " + kind.format_after).c_str(), megabytes(kind.bytes_before),
                megabytes(kind.bytes_after), kind.relative_error);
  std::printf("%s: %.1f MB before, %.1f MB after, relative error of what changed %.5f\n", arguments.output_path.c_str(),
              megabytes(done.bytes_before), megabytes(done.bytes_after), done.relative_error);
  if (change && change->positions > 0)
    std::printf("predictions at %lld positions: mean KL %.5f, worst %.5f, same likeliest token at %.1f %%\n",
                static_cast<long long>(change->positions), change->mean_kl, change->worst_kl, 100 * change->same_best);
}

}  // namespace

void add_lm_quantize(CLI::App& parent) {
  auto arguments = std::make_shared<LmQuantizeArguments>();
  auto* const verb = add_verb(parent, "quantize", "a model's matrices in blocks of few bits, as a GGUF file",
                              "  genre lm quantize --model FOLDER --format q4_1 --output small.gguf\n");
  add_model_option(*verb, arguments->model);
  verb->add_option("--format", arguments->format, "q8_0, q4_0, q4_1, q4_k or q6_k")
      ->check(CLI::IsMember({"q8_0", "q4_0", "q4_1", "q4_k", "q6_k"}))
      ->capture_default_str();
  verb->add_option("--output", arguments->output_path, "GGUF file to write")->required();
  verb->add_option("--texts", arguments->texts,
                   "file with one text a line to compare predictions on (default: six of ours)");
  verb->callback([arguments] { quantize(*arguments); });
}

}  // namespace genre::app
