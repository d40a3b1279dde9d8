#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/lm/encoder_importance.h"
#include "genre/lm/layer_pruning.h"
#include "genre/lm/prompts.h"
#include "genre/lm/vocabulary_trim.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kLayerSamples = 256, kPartSamples = 2048;  // texts at most

// The `count` greatest, in order of their places.
std::vector<int> greatest(std::span<const double> values, int count) {
  std::vector<int> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](int a, int b) { return values[a] > values[b]; });
  order.resize(static_cast<std::size_t>(count));
  std::ranges::sort(order);
  return order;
}

std::vector<int> others(std::span<const int> kept, int size) {
  std::vector<int> out;
  for (int i = 0; i < size; ++i)
    if (!std::ranges::binary_search(kept, i)) out.push_back(i);
  return out;
}

std::vector<int> columns_of(std::span<const int> heads, int size) {
  std::vector<int> out;
  for (const int head : heads)
    for (int i = 0; i < size; ++i) out.push_back(head * size + i);
  return out;
}

class EncoderPruning {
 public:
  EncoderPruning(const fs::path& folder, const PruningOptions& options, std::span<const std::string> samples)
      : folder_(folder),
        options_(options),
        sentence_(read_sentence_config(folder)),
        config_(sentence_.encoder),
        names_(*config_.architecture),
        checkpoint_(config_.folder),
        settings_(nlohmann::json::parse(read_file(config_.folder / "config.json"))) {
    check_options();
    const std::string words = std::string(names_.words) + ".weight";
    if (!checkpoint_.has(words)) prefix_ = names_.prefix;
    out_.architecture = names_.name;
    out_.before = {config_.layers,           config_.heads,      config_.intermediate, config_.vocabulary,
                   checkpoint_.parameters(), checkpoint_.bytes()};
    out_.kept_layers = listed_layers(options, config_.layers);
    measure(samples);
  }

  Pruning write(const fs::path& output) {
    out_.after = out_.before;
    std::optional<VocabularyTrim> trim;
    if (!options_.vocabulary.empty()) trim = trim_vocabulary();
    if (!contributions_.empty()) prune_layers();
    keep_layers(checkpoint_, prefix_ + std::string(names_.layer), out_.kept_layers, config_.layers);
    if (std::ssize(out_.kept_layers) < config_.layers && !config_.local.empty() && !settings_.contains("layer_types"))
      for (const bool local : config_.local)
        settings_["layer_types"].push_back(local ? "sliding_attention" : "full_attention");
    if (!config_.layer_heads.empty()) renumber_pruned_heads();
    keep_layers(settings_, std::string(names_.layers), out_.kept_layers);
    out_.after.layers = std::ssize(out_.kept_layers);
    out_.after.parameters = checkpoint_.parameters();
    out_.after.bytes = checkpoint_.bytes();
    write_folder_atomic(output, [&](const fs::path& to) {
      const fs::path inner = (to / config_.folder.lexically_relative(folder_)).lexically_normal();
      copy_without_weights(folder_, config_.folder, to);
      checkpoint_.write(inner / "model.safetensors");
      write_file_atomic(inner / "config.json", settings_.dump(2) + "\n");
      if (trim) trim->write(inner);
    });
    return out_;
  }

 private:
  void check_options() const {
    check_count("layers", options_.layers, config_.layers);
    check_count("heads", options_.heads, config_.heads);
    check_count("feed-forward units", options_.feed_forward, config_.intermediate);
    if (options_.heads == 0) return;
    if (!config_.layer_heads.empty())
      throw Error(ErrorCode::kConfig, "the model has lost heads before", "prune the model that it was made from");
    if (!names_.prunes_heads() && !options_.keep_shapes)
      throw Error(ErrorCode::kConfig, std::string(names_.name) + " has no form with fewer heads in a layer",
                  "add --keep-shapes, which makes them zeros");
  }

  bool prunes_parts() const { return options_.heads > 0 || options_.feed_forward > 0; }

  // Which layers stay, and what the heads and units of these do.
  void measure(std::span<const std::string> samples) {
    const bool choose_layers = out_.kept_layers.empty() && options_.layers > 0;
    if (choose_layers || prunes_parts()) {
      const auto tokenizer = load_tokenizer(config_.folder);
      const Encoder encoder(config_, EncoderPrecision::kFp32);
      const auto read = [&](std::size_t most) {
        return EncoderSamples(*tokenizer, some_samples(samples, most), sentence_.maximum_tokens);
      };
      if (choose_layers)
        out_.left_out = least_needed_layers(encoder, sentence_.pooling, read(kLayerSamples), options_.layers);
      choose_kept();
      if (prunes_parts()) {
        std::vector<bool> left_out(config_.layers, true);
        for (const int l : out_.kept_layers) left_out[l] = false;
        contributions_ =
            measure_contributions(encoder, read(kPartSamples), left_out, [&](int l) { return output_weights(l); });
      }
    }
    choose_kept();
  }

  void choose_kept() {
    if (out_.kept_layers.empty()) out_.kept_layers = layers_without(out_.left_out, config_.layers);
    if (names_.norm_first && out_.kept_layers.front() != 0)
      throw Error(ErrorCode::kConfig, "layer 0 of " + std::string(names_.name) + " has to stay: it reads embeddings",
                  "keep layer 0");
  }

  std::string name(int layer, std::string_view part, const char* suffix) const {
    return prefix_ + layer_prefix(names_.layer, layer) + std::string(part) + suffix;
  }
  std::string weight(int layer, std::string_view part) const { return name(layer, part, ".weight"); }
  std::string bias(int layer, std::string_view part) const { return name(layer, part, ".bias"); }

  OutputWeights output_weights(int l) const {
    return {checkpoint_.matrix(weight(l, names_.attention_output)), checkpoint_.matrix(weight(l, names_.outer)),
            config_.attention_bias, config_.outer_bias};
  }

  void prune_layers() {
    for (const int l : out_.kept_layers) {
      if (options_.heads > 0) prune_heads(l);
      if (options_.feed_forward > 0) prune_units(l);
    }
    if (options_.heads > 0 && !options_.keep_shapes) out_.after.heads = options_.heads;
    if (options_.feed_forward > 0) {
      settings_[std::string(names_.intermediate)] = options_.feed_forward;
      out_.after.feed_forward = options_.feed_forward;
    }
  }

  // Those of a model that has lost heads before.
  void renumber_pruned_heads() {
    auto pruned = nlohmann::json::object();
    for (std::size_t place = 0; place < out_.kept_layers.size(); ++place) {
      const auto found = settings_["pruned_heads"].find(std::to_string(out_.kept_layers[place]));
      if (found != settings_["pruned_heads"].end()) pruned[std::to_string(place)] = *found;
    }
    settings_["pruned_heads"] = std::move(pruned);
  }

  // The bias of a product takes over the mean of what goes.
  void move_mean(int l, std::string_view part, std::span<const int> columns, std::span<const float> mean) {
    const Matrix weights = checkpoint_.matrix(weight(l, part));
    Matrix values = checkpoint_.matrix(bias(l, part));
    for (std::int64_t d = 0; d < weights.rows(); ++d) {
      double sum = values.row(0)[d];
      for (const int column : columns) sum += double{weights.row(d)[column]} * mean[column];
      values.row(0)[d] = static_cast<float>(sum);
    }
    checkpoint_.assign(bias(l, part), values);
  }

  void prune_heads(int l) {
    const LayerContributions& found = contributions_[l];
    const auto kept = greatest(found.heads, options_.heads), gone = others(kept, config_.heads);
    const auto gone_columns = columns_of(gone, config_.head_size());
    if (config_.attention_bias) move_mean(l, names_.attention_output, gone_columns, found.attended_mean);
    if (options_.keep_shapes) {
      Matrix output = checkpoint_.matrix(weight(l, names_.attention_output));
      for (std::int64_t d = 0; d < output.rows(); ++d)
        for (const int column : gone_columns) output.row(d)[column] = 0;
      checkpoint_.assign(weight(l, names_.attention_output), output);
      return;
    }
    const auto columns = columns_of(kept, config_.head_size());
    for (const std::string_view part : {names_.query, names_.key, names_.value}) {
      checkpoint_.keep_rows(weight(l, part), columns);
      if (config_.attention_bias) checkpoint_.keep_rows(bias(l, part), columns);
    }
    checkpoint_.keep_columns(weight(l, names_.attention_output), columns);
    const auto place = std::ranges::find(out_.kept_layers, l) - out_.kept_layers.begin();
    if (!gone.empty()) settings_["pruned_heads"][std::to_string(place)] = gone;
  }

  void prune_units(int l) {
    const LayerContributions& found = contributions_[l];
    const auto kept = greatest(found.units, options_.feed_forward), gone = others(kept, config_.intermediate);
    if (config_.outer_bias) move_mean(l, names_.outer, gone, found.unit_mean);
    std::vector<int> rows = kept;
    if (names_.gated)
      for (const int unit : kept) rows.push_back(config_.intermediate + unit);
    checkpoint_.keep_rows(weight(l, names_.inner), rows);
    if (config_.inner_bias) checkpoint_.keep_rows(bias(l, names_.inner), rows);
    checkpoint_.keep_columns(weight(l, names_.outer), kept);
  }

  // Rows of the word table, and of heads that predict words.
  VocabularyTrim trim_vocabulary() {
    std::vector<std::string> prompts;
    for (const auto& [unused, prompt] : sentence_.prompts) prompts.push_back(prompt);
    VocabularyTrim trim(config_.folder, options_.vocabulary, prompts);
    const auto& kept = trim.kept();
    if (names_.pads_positions && std::ranges::find(kept, config_.padding) - kept.begin() != config_.padding)
      throw Error(ErrorCode::kConfig, "the padding token's id, from which positions count, would change",
                  "leave --vocabulary out");
    const std::string words = prefix_ + std::string(names_.words) + ".weight";
    const int sizes[] = {config_.hidden, config_.embedding, config_.intermediate, config_.positions,
                         config_.position_rows()};
    const bool unlike = std::ranges::find(sizes, config_.vocabulary) == std::end(sizes);
    for (const auto& tensor : checkpoint_.names())
      if (tensor == words ||
          (unlike && !checkpoint_.shape(tensor).empty() && checkpoint_.shape(tensor)[0] == config_.vocabulary))
        checkpoint_.keep_rows(tensor, kept);
    settings_["vocab_size"] = kept.size();
    out_.after.vocabulary = std::ssize(kept);
    return trim;
  }

  fs::path folder_;
  const PruningOptions& options_;
  SentenceConfig sentence_;
  const EncoderConfig& config_;
  const EncoderArchitecture& names_;
  Checkpoint checkpoint_;
  nlohmann::json settings_;
  std::string prefix_;
  std::vector<LayerContributions> contributions_;  // by layer
  Pruning out_;
};

}  // namespace

Pruning prune_encoder(const fs::path& folder, const PruningOptions& options, std::span<const std::string> samples,
                      const fs::path& output) {
  check_output(folder, output);
  return EncoderPruning(folder, options, samples).write(output);
}

}  // namespace genre
