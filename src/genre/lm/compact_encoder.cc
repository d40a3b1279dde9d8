#include "genre/lm/compact_encoder.h"

#include <array>
#include <cmath>
#include <optional>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/interrupt.h"
#include "genre/base/thread_pool.h"
#include "genre/linalg/gemm.h"
#include "genre/lm/checkpoint.h"
#include "genre/lm/encoder_importance.h"
#include "genre/lm/layer_pruning.h"
#include "genre/lm/sentence_config.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMeasuredTexts = 2048;  // texts at most

// Of what a product reads, by input.
struct InputMoments {
  std::vector<double> sums, squares;
  std::int64_t rows = 0;

  void add(ConstMatrixView x) {
    sums.resize(x.cols());
    squares.resize(x.cols());
    for (std::int64_t t = 0; t < x.rows(); ++t)
      for (std::int64_t i = 0; i < x.cols(); ++i) {
        const double v = x.row(t)[i];
        sums[i] += v, squares[i] += v * v;
      }
    rows += x.rows();
  }
  std::vector<float> scale() const {
    std::vector<float> out;
    for (const double square : squares)
      out.push_back(static_cast<float>(std::sqrt(square / static_cast<double>(rows))));
    return out;
  }
};

// One matrix, its new form, and what comes of it.
struct Task {
  std::string weight, bias;  // bias: none where empty
  const InputMoments* inputs;
  std::optional<CompactWeight> compact = {};
  std::vector<float> moved = {};  // what is added to the bias
  double before = 0, error = 0;   // sums of squares
};

void check(const CompactOptions& options) {
  if (options.form == CompactForm::kLowRank && options.rank < 1)
    throw Error(ErrorCode::kConfig, "a rank of " + std::to_string(options.rank) + ", wanted 1 or more", "",
                {.key = "rank"});
  if (options.form == CompactForm::kBlocks && !(options.density > 0 && options.density <= 1))
    throw Error(ErrorCode::kConfig, "a density of " + std::to_string(options.density) + " is outside (0, 1]", "",
                {.key = "density"});
}

std::optional<CompactWeight> compacted(const CompactOptions& options, ConstMatrixView weight, const Task& task) {
  const std::int64_t rows = weight.rows(), cols = weight.cols();
  const std::vector<float> scale = task.inputs->scale();
  const auto refuse = [&](const char* wanted) {
    throw Error(
        ErrorCode::kConfig,
        "'" + task.weight + "' is " + std::to_string(rows) + " x " + std::to_string(cols) + ", wanted " + wanted,
        "choose another form");
  };
  switch (options.form) {
    case CompactForm::kLowRank:
      if (options.rank * (rows + cols) >= rows * cols) return std::nullopt;
      return low_rank(weight, options.rank, scale);
    case CompactForm::kTwoFour:
      if (cols % 8 != 0) refuse("a multiple of 8 inputs");
      return nn::keep_two_of_four(weight, scale);
    case CompactForm::kBlocks:
      if (rows % 4 != 0 || cols % 4 != 0) refuse("multiples of 4");
      break;
  }
  return nn::keep_blocks(weight, options.density, scale);
}

void run(const CompactOptions& options, const Checkpoint& checkpoint, Task& task) {
  const Matrix weight = checkpoint.matrix(task.weight);
  task.compact = compacted(options, weight, task);
  if (!task.compact) return;
  const Matrix now = dense(*task.compact);
  for (std::int64_t n = 0; n < weight.rows(); ++n) {
    double moved = 0;
    for (std::int64_t k = 0; k < weight.cols(); ++k) {
      const double change = double{weight.row(n)[k]} - now.row(n)[k];
      task.before += double{weight.row(n)[k]} * weight.row(n)[k];
      task.error += change * change;
      moved += change * task.inputs->sums[k] / static_cast<double>(task.inputs->rows);
    }
    task.moved.push_back(static_cast<float>(moved));
  }
}

}  // namespace

Compaction compact_encoder(const fs::path& folder, const CompactOptions& options, std::span<const std::string> samples,
                           const fs::path& output) {
  check_output(folder, output);
  check(options);
  const SentenceConfig sentence = read_sentence_config(folder);
  const EncoderConfig& config = sentence.encoder;
  const EncoderArchitecture& names = *config.architecture;
  Checkpoint checkpoint(config.folder);
  std::vector<std::array<InputMoments, 4>> moments(config.layers);
  {
    const Encoder encoder(config, EncoderPrecision::kFp32);
    const EncoderSamples texts(*load_tokenizer(config.folder), some_samples(samples, kMeasuredTexts),
                               sentence.maximum_tokens);
    texts.vectors(encoder, nn::Pooling::kMean,
                  {.left_out = {}, .show = [&](int l, LayerInput input, ConstMatrixView x) {
                     moments[l][static_cast<std::size_t>(input)].add(x);
                   }});
  }
  const std::string prefix = checkpoint.has(std::string(names.words) + ".weight") ? "" : std::string(names.prefix);
  std::vector<Task> tasks;
  for (int l = 0; l < config.layers; ++l) {
    const auto add = [&](std::string_view part, bool bias, LayerInput input) {
      if (part.empty()) return;
      const std::string name = prefix + layer_prefix(names.layer, l) + std::string(part);
      tasks.push_back({name + ".weight", bias ? name + ".bias" : "", &moments[l][static_cast<std::size_t>(input)]});
    };
    if (config.attention_together)
      add(names.query_key_value, config.attention_bias, LayerInput::kAttention);
    else
      for (const std::string_view part : {names.query, names.key, names.value})
        add(part, config.attention_bias, LayerInput::kAttention);
    add(names.attention_output, config.attention_bias, LayerInput::kAttended);
    add(names.inner, config.inner_bias, LayerInput::kFeedForward);
    add(names.outer, config.outer_bias, LayerInput::kUnits);
  }
  global_pool().parallel_for(tasks.size(), 1, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t i = begin; i < end; ++i) {
      throw_if_interrupted();
      run(options, checkpoint, tasks[i]);
    }
  });

  Compaction out{.bytes_before = checkpoint.bytes()};
  double before = 0, error = 0;
  for (const Task& task : tasks) {
    if (!task.compact) continue;
    out.weights += 1;
    out.weight_bytes_before += checkpoint.bytes(task.weight);
    if (!task.bias.empty()) {
      Matrix bias = checkpoint.matrix(task.bias);
      add_scaled(1.0F, task.moved.data(), bias.data(), bias.cols());
      checkpoint.assign(task.bias, bias);
    }
    checkpoint.compact(task.weight, *task.compact);
    before += task.before, error += task.error;
  }
  if (out.weights == 0)
    throw Error(ErrorCode::kConfig, "no matrix gets smaller with factors of rank " + std::to_string(options.rank),
                "choose a lower rank", {.key = "rank"});
  out.bytes_after = checkpoint.bytes();
  out.weight_bytes_after = out.weight_bytes_before - out.bytes_before + out.bytes_after;
  out.relative_error = before > 0 ? std::sqrt(error / before) : 0;
  write_folder_atomic(output, [&](const fs::path& to) {
    copy_without_weights(folder, config.folder, to);
    checkpoint.write((to / config.folder.lexically_relative(folder)).lexically_normal() / "model.safetensors");
  });
  return out;
}

}  // namespace genre
