#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/lm/decoder.h"
#include "genre/lm/divergence.h"
#include "genre/lm/encoder_architecture.h"
#include "genre/lm/layer_pruning.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kSamples = 16;  // texts at most
constexpr int kSampleTokens = 48;     // of each

void refuse(bool asked, const char* what) {
  if (asked)
    throw Error(ErrorCode::kConfig, std::string(what) + " of decoders are not pruned, their layers are",
                "choose --layers or --keep-layers");
}

// As least_needed_layers of encoders, by the mean divergence of the predictions.
std::vector<LeftOutLayer> least_needed_layers(const Decoder& decoder, std::span<const std::string> texts, int kept) {
  const int layers = decoder.config().layers;
  std::vector<bool> left_out(layers);
  std::vector<LeftOutLayer> out;
  for (int left = layers; left > kept; --left) {
    LeftOutLayer best{-1, 0};
    for (int l = 0; l < layers; ++l) {
      if (left_out[l]) continue;
      left_out[l] = true;
      const double change = divergence(decoder, decoder.without_layers(left_out), texts, kSampleTokens).mean_kl;
      if (best.layer < 0 || change < best.change) best = {l, change};
      left_out[l] = false;
    }
    left_out[best.layer] = true;
    out.push_back(best);
  }
  return out;
}

ModelSize size_of(const DecoderConfig& config, const Checkpoint& checkpoint) {
  return {config.layers,           config.heads,      config.intermediate, config.vocabulary,
          checkpoint.parameters(), checkpoint.bytes()};
}

}  // namespace

Pruning prune_decoder(const fs::path& folder, const PruningOptions& options, std::span<const std::string> samples,
                      const fs::path& output) {
  check_output(folder, output);
  refuse(options.heads > 0, "heads");
  refuse(options.feed_forward > 0, "feed-forward units");
  refuse(!options.vocabulary.empty(), "vocabularies");
  Checkpoint checkpoint(folder);
  const DecoderConfig config = read_decoder_config(folder);
  check_count("layers", options.layers, config.layers);
  Pruning out{.architecture = config.architecture,
              .before = size_of(config, checkpoint),
              .after = {},
              .kept_layers = listed_layers(options, config.layers),
              .left_out = {}};
  if (out.kept_layers.empty()) {
    if (options.layers > 0)
      out.left_out = least_needed_layers(Decoder(folder, DecoderPrecision::kFp32), some_samples(samples, kSamples),
                                         options.layers);
    out.kept_layers = layers_without(out.left_out, config.layers);
  }
  const std::string inner = config.gpt2() ? "h.{}." : "layers.{}.", outer = config.gpt2() ? "transformer." : "model.";
  for (const std::string& pattern : {inner, outer + inner})
    keep_layers(checkpoint, pattern, out.kept_layers, config.layers);
  auto settings = nlohmann::json::parse(read_file(folder / "config.json"));
  keep_layers(settings, config.gpt2() ? "n_layer" : "num_hidden_layers", out.kept_layers);
  out.after = size_of(config, checkpoint);
  out.after.layers = std::ssize(out.kept_layers);
  write_folder_atomic(output, [&](const fs::path& to) {
    copy_without_weights(folder, folder, to);
    checkpoint.write(to / "model.safetensors");
    write_file_atomic(to / "config.json", settings.dump(2) + "\n");
  });
  return out;
}

}  // namespace genre
