#include <algorithm>
#include <cstdio>
#include <optional>

#include "genre/base/thread_pool.h"
#include "genre/lm/activation_memory.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/divergence.h"
#include "genre/lm/model_description.h"
#include "genre/lm/sentence_config.h"
#include "genre/lm/tensor_source.h"
#include "genre/lm/vector_agreement.h"
#include "lm_verbs.h"

namespace genre::app {
namespace {

// What was said when the model was entered, else what its files say.
std::string licence_of(const std::string& name, const ModelDescription& model) {
  for (const auto& entry : catalogue_models())
    if (entry.name == name) return entry.licence;
  const auto added = find_registered_model(name);
  return added && !added->licence.empty() ? added->licence : model.licence;
}

struct LmInfoArguments {
  std::string model = LmOptions().model;
  int tokens = 0, sequences = 1;
  bool measure = false;
};

// What the runtime needs beside the weights; none for a kind of model that it does not run.
struct Memory {
  int tokens = 0;  // of a text or sequence
  int threads = 0;
  std::int64_t activations = 0, cache = 0;  // bytes at most; cache: of all sequences of a decoder
};

int limited(int wanted, int most) { return wanted > 0 ? std::min(wanted, most) : most; }

std::optional<Memory> memory_of(const LmInfoArguments& arguments, const std::filesystem::path& path, bool is_decoder) {
  Memory out{.threads = global_pool().threads()};
  try {
    if (!is_decoder) {
      const SentenceConfig config = read_sentence_config(path);
      out.tokens = limited(arguments.tokens, config.maximum_tokens);
      out.activations = encoder_activation_bytes(config.encoder, out.tokens, out.threads);
      return out;
    }
    const auto file = open_tensors(path)->path();
    const DecoderConfig config =
        file.extension() == ".gguf" ? read_decoder_config(GgufFile(file)) : read_decoder_config(file.parent_path());
    out.tokens = limited(arguments.tokens, config.positions);
    out.activations = decoder_activation_bytes(config, arguments.sequences, out.threads);
    out.cache = arguments.sequences * static_cast<std::int64_t>(config.cache_bytes(out.tokens));
    return out;
  } catch (const Error&) {
    return std::nullopt;
  }
}

// What integers cost: a decoder's blocks against the same weights dequantised, an encoder in int8 against fp32.
struct Measured {
  std::optional<Divergence> predictions;
  std::optional<VectorAgreement> vectors;
};

Measured measure(const std::filesystem::path& path, bool is_decoder) {
  if (is_decoder)
    return {
        divergence(Decoder(path, DecoderPrecision::kFp32), Decoder(path, DecoderPrecision::kNative), sample_texts()),
        {}};
  return {{}, agreement(TextEncoder(path, {}), TextEncoder(path, {.precision = "int8"}), sample_texts())};
}

void print(const LmInfoArguments& arguments, const std::string& path, const std::string& licence,
           const ModelDescription& model, const std::optional<Memory>& memory, const Measured& measured) {
  const std::string& name = arguments.model;
  std::printf("%s\nat              %s\narchitecture    %s\nlicence         %s\n", name.c_str(), path.c_str(),
              model.architecture.empty() ? "not stated" : model.architecture.c_str(),
              licence.empty() ? "not stated" : licence.c_str());
  for (const auto& [key, value] : model.shape) std::printf("%-15s %lld\n", key.c_str(), static_cast<long long>(value));
  std::printf("parameters      %.1f M\n", static_cast<double>(model.parameters) / 1e6);
  for (const auto& [format, share] : model.formats)
    std::printf("  %-13s %lld tensors, %.1f M parameters, %.1f MB\n", format.c_str(),
                static_cast<long long>(share.tensors), static_cast<double>(share.parameters) / 1e6,
                static_cast<double>(share.bytes) / 1e6);
  std::printf("on disk         %.1f MB\nin memory       at most %.1f MB of weights as fp32",
              static_cast<double>(model.disk_bytes) / 1e6, static_cast<double>(model.fp32_bytes) / 1e6);
  if (model.cache_bytes_per_position > 0)
    std::printf(", %.1f MB in blocks of integers; %lld bytes for each token of a sequence",
                static_cast<double>(model.integer_bytes) / 1e6, static_cast<long long>(model.cache_bytes_per_position));
  std::printf("\n");
  if (memory && memory->cache > 0)
    std::printf(
        "beside them     at most %.1f MB of activations and %.1f MB of keys and values for %d sequences of %d "
        "tokens on %d threads\n",
        megabytes(memory->activations), megabytes(memory->cache), arguments.sequences, memory->tokens, memory->threads);
  else if (memory)
    std::printf("beside them     at most %.1f MB of activations for texts of %d tokens on %d threads\n",
                megabytes(memory->activations), memory->tokens, memory->threads);
  if (measured.predictions)
    std::printf(
        "as integers     mean KL %.5f against the dequantised weights, worst %.5f, same likeliest token at %.1f "
        "%% of %lld positions\n",
        measured.predictions->mean_kl, measured.predictions->worst_kl, 100 * measured.predictions->same_best,
        static_cast<long long>(measured.predictions->positions));
  if (measured.vectors)
    std::printf("as int8         cosine to the vectors of fp32 mean %.5f, worst %.5f of %lld texts\n",
                measured.vectors->mean, measured.vectors->worst, static_cast<long long>(measured.vectors->texts));
  for (const auto& file : model.files) std::printf("%s  %s\n", file.sha256.c_str(), file.name.c_str());
}

void info(const LmInfoArguments& arguments) {
  const std::string& name = arguments.model;
  const auto path = resolve_model(name);
  const ModelDescription model = describe_model(path);
  const std::string licence = licence_of(name, model);
  const bool is_decoder = model.cache_bytes_per_position > 0;
  const auto memory = memory_of(arguments, path, is_decoder);
  const Measured measured = arguments.measure ? measure(path, is_decoder) : Measured{};
  if (!output().json) return print(arguments, path.string(), licence, model, memory, measured);
  nlohmann::ordered_json beside = nullptr, integers = nullptr;
  if (memory)
    beside = {{"tokens", memory->tokens},
              {"sequences", arguments.sequences},
              {"threads", memory->threads},
              {"activations", memory->activations},
              {"cache", memory->cache}};
  if (measured.predictions)
    integers = {{"positions", measured.predictions->positions},
                {"mean_kl", measured.predictions->mean_kl},
                {"worst_kl", measured.predictions->worst_kl},
                {"same_best", measured.predictions->same_best}};
  if (measured.vectors)
    integers = {{"texts", measured.vectors->texts},
                {"mean_cosine", measured.vectors->mean},
                {"worst_cosine", measured.vectors->worst}};
  nlohmann::ordered_json shape, formats;
  for (const auto& [key, value] : model.shape) shape[key] = value;
  for (const auto& [format, share] : model.formats)
    formats[format] = {{"tensors", share.tensors}, {"parameters", share.parameters}, {"bytes", share.bytes}};
  auto files = nlohmann::ordered_json::array();
  for (const auto& file : model.files)
    files.push_back({{"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  print_json("lm.info", {{"model", name},
                         {"folder", path.string()},
                         {"architecture", model.architecture},
                         {"licence", licence},
                         {"shape", shape},
                         {"parameters", model.parameters},
                         {"formats", formats},
                         {"bytes_on_disk", model.disk_bytes},
                         {"bytes_in_memory", {{"fp32", model.fp32_bytes}, {"integer", model.integer_bytes}}},
                         {"cache_bytes_per_token", model.cache_bytes_per_position},
                         {"bytes_beside_weights", beside},
                         {"integers", integers},
                         {"files", files}});
}

}  // namespace

void add_lm_info(CLI::App& parent) {
  auto arguments = std::make_shared<LmInfoArguments>();
  auto* const verb = add_verb(parent, "info", "what a model is: shape, formats, size, memory, licence, checksums",
                              "  genre lm info\n  genre lm info --model FOLDER_OR_FILE.gguf --measure\n");
  add_model_option(*verb, arguments->model);
  verb->add_option("--tokens", arguments->tokens, "of a text, for the bound on memory (0: the longest)")
      ->check(CLI::NonNegativeNumber);
  verb->add_option("--sequences", arguments->sequences, "that a decoder writes at once, for the same bound")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  verb->add_flag("--measure", arguments->measure, "run the model on six short texts: what products of integers change");
  verb->callback([arguments] { info(*arguments); });
}

}  // namespace genre::app
