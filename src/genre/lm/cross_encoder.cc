#include "genre/lm/cross_encoder.h"

#include <cmath>

#include "genre/base/error.h"
#include "genre/base/thread_pool.h"
#include "genre/lm/classifier_head.h"
#include "genre/lm/packed_batches.h"
#include "genre/text/tokenizer.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kTokenizeGrain = 64;

// Whether scores are sigmoids of the logits: sentence-transformers' rule for one label.
bool wants_sigmoid(const ClassifierConfig& config) {
  const std::string& activation = config.score_activation;
  if (activation.empty() || activation == "torch.nn.modules.activation.Sigmoid") return true;
  if (activation == "torch.nn.modules.linear.Identity") return false;
  throw Error(ErrorCode::kData, "the activation of scores is '" + activation + "', wanted Sigmoid or Identity",
              "choose another model", {.file = (config.encoder.folder / "config.json").string()});
}

}  // namespace

struct CrossEncoder::Model {
  Model(const fs::path& folder, const LmOptions& options)
      : classifier(read_classifier_config(folder), encoder_precision(options.precision)),
        tokenizer(load_tokenizer(folder)),
        maximum_tokens(classifier_limit(classifier.config(), *tokenizer, options)),
        sigmoid(wants_sigmoid(classifier.config())) {
    const std::size_t labels = classifier.config().labels.size();
    if (labels != 1)
      throw Error(ErrorCode::kData, "the model has " + std::to_string(labels) + " labels, a scorer has one",
                  "use `genre lm classify`", {.file = (folder / "config.json").string()});
  }

  ClassifierModel classifier;
  std::unique_ptr<Tokenizer> tokenizer;
  int maximum_tokens;
  bool sigmoid;
};

CrossEncoder::CrossEncoder(const fs::path& model_folder, const LmOptions& options)
    : model_(std::make_unique<Model>(model_folder, options)) {}
CrossEncoder::~CrossEncoder() = default;
CrossEncoder::CrossEncoder(CrossEncoder&&) noexcept = default;

std::vector<float> CrossEncoder::scores(std::string_view query, std::span<const std::string> texts,
                                        const std::function<void(std::int64_t)>& progress) const {
  std::vector<std::vector<std::int32_t>> ids(texts.size()), segments(texts.size());
  global_pool().parallel_for(texts.size(), kTokenizeGrain, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t i = begin; i < end; ++i) {
      TokenSequence pair = model_->tokenizer->encode_pair(query, texts[i], model_->maximum_tokens);
      ids[i] = std::move(pair.ids);
      segments[i] = std::move(pair.segments);
    }
  });
  std::vector<float> out(texts.size());
  for_each_batch(
      ids, segments,
      [&](std::span<const std::int32_t> members, const PackedTokens& tokens) {
        const Matrix logits = model_->classifier.logits(tokens);
        for (std::size_t i = 0; i < members.size(); ++i) {
          const float logit = logits.row(static_cast<std::int64_t>(i))[0];
          out[members[i]] = model_->sigmoid ? 1 / (1 + std::exp(-logit)) : logit;
        }
      },
      progress);
  return out;
}

}  // namespace genre
