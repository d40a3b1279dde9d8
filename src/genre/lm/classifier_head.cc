#include "genre/lm/classifier_head.h"

#include <algorithm>

#include "genre/base/error.h"
#include "genre/nn/layer_norm.h"
#include "genre/text/tokenizer.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

using Bias = WeightReader::Bias;

// id2label is {"0": "bad", "1": "good"}; num_labels stands alone in hand-made files.
std::vector<std::string> read_labels(const ModelJson& file) {
  std::vector<std::string> labels;
  if (!file.has("id2label")) {
    const int count = file.size("num_labels", 2);
    constexpr int kMost = 100'000;
    if (count > kMost) file.at("num_labels").refuse("is above " + std::to_string(kMost));
    for (int i = 0; i < count; ++i) labels.push_back("LABEL_" + std::to_string(i));
    return labels;
  }
  const ModelJson by_id = file.at("id2label");
  const std::size_t count = by_id.members().size();
  for (std::size_t i = 0; i < count; ++i) labels.push_back(by_id.at(std::to_string(i)).text());
  if (labels.empty()) by_id.refuse("is empty");
  return labels;
}

}  // namespace

ClassifierConfig read_classifier_config(const fs::path& folder) {
  ClassifierConfig config;
  config.encoder = read_encoder_config(folder);
  const ModelJson file(folder / "config.json");
  const EncoderArchitecture& architecture = *config.encoder.architecture;
  config.labels = read_labels(file);
  config.problem = file.text("problem_type", "");
  config.activation = architecture.head_activation;
  if (!architecture.head_norm.empty()) {  // ModernBERT's choices
    if (file.has("classifier_activation")) config.activation = read_activation(file.at("classifier_activation"));
    config.dense_bias = file.boolean("classifier_bias", false);
    config.norm_bias = config.encoder.norm_bias;
    const std::string pooling = file.text("classifier_pooling", "cls");
    if (pooling != "cls" && pooling != "mean")
      file.at("classifier_pooling").refuse("is '" + pooling + "', wanted cls or mean");
    if (pooling == "mean") config.pooling = nn::Pooling::kMean;
  }
  config.score_activation = file.text("sbert_ce_default_activation_function", "");
  if (file.has("sentence_transformers"))
    config.score_activation = file.at("sentence_transformers").text("activation_fn", config.score_activation);
  config.maximum_tokens = tokenizer_limit(folder, config.encoder.positions);
  return config;
}

int classifier_limit(const ClassifierConfig& config, const Tokenizer& tokenizer, const LmOptions& options) {
  if (tokenizer.vocabulary_size() > config.encoder.vocabulary)
    throw Error(ErrorCode::kData,
                "the tokenizer has " + std::to_string(tokenizer.vocabulary_size()) + " tokens, the model " +
                    std::to_string(config.encoder.vocabulary),
                "fetch the model again", {.file = config.encoder.folder.string()});
  constexpr int kFewest = 5;  // a token of each text of a pair and three special ones
  const int limit = options.maximum_tokens == 0 ? config.maximum_tokens : options.maximum_tokens;
  if (limit < kFewest || limit > config.encoder.positions)
    throw Error(ErrorCode::kConfig,
                "a limit of " + std::to_string(limit) + " tokens, the model takes " + std::to_string(kFewest) + " to " +
                    std::to_string(config.encoder.positions),
                "", {.key = "lm.maximum_tokens"});
  return limit;
}

ClassifierModel::ClassifierModel(ClassifierConfig config, EncoderPrecision precision)
    : config_(std::move(config)), encoder_(config_.encoder, precision) {
  config_.encoder = encoder_.config();
  config_.maximum_tokens = std::min(config_.maximum_tokens, config_.encoder.positions);
  const EncoderArchitecture& names = *config_.encoder.architecture;
  const auto source = open_tensors(config_.encoder.folder);
  if (const std::string last = std::string(names.head_output) + ".weight"; !source->has(last))
    throw Error(ErrorCode::kData, "no tensor '" + last + "': the encoder has no head that labels or scores texts",
                "train one with 'genre lm finetune', or choose another model",
                {.file = config_.encoder.folder.string()});
  const WeightReader reader(*source, "", EncoderPrecision::kFp32);  // a few products a text
  const std::int64_t width = config_.encoder.hidden;
  dense_ = reader.linear({std::string(names.head_dense)}, width, width, config_.dense_bias ? Bias::kRead : Bias::kNone);
  if (!names.head_norm.empty())
    norm_ = reader.norm(std::string(names.head_norm), width, config_.norm_bias ? Bias::kRead : Bias::kNone);
  output_ = reader.linear({std::string(names.head_output)}, static_cast<std::int64_t>(config_.labels.size()), width,
                          Bias::kRead);
}

Matrix ClassifierModel::logits(const PackedTokens& texts) const {
  const PackedTokens tokens = encoder_.with_virtual_tokens(texts);
  const auto count = static_cast<std::int64_t>(tokens.offsets.size()) - 1;
  Matrix pooled(count, config_.encoder.hidden), inner(count, config_.encoder.hidden);
  nn::pool(config_.pooling, encoder_.states(tokens), tokens.offsets, /*skip=*/0, pooled.view());
  dense_.apply(pooled, inner.view(), config_.activation);
  if (!norm_.gain.empty()) nn::layer_norm(inner.view(), norm_.gain, norm_.shift, config_.encoder.epsilon);
  Matrix out(count, output_.outputs());
  output_.apply(inner, out.view());
  return out;
}

}  // namespace genre
