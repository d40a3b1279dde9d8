#include "genre/lm/cross_encoder.h"

#include <cmath>

#include "genre/base/error.h"
#include "genre/lm/sequence_classifier.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

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
      : members(load_members(folder, options)), sigmoid(wants_sigmoid(members.front().config())) {
    const ClassifierConfig& config = members.front().config();
    if (config.labels.size() != 1)
      throw Error(ErrorCode::kData,
                  "the model has " + std::to_string(config.labels.size()) + " labels, a scorer has one",
                  "use `genre lm classify`", {.file = (config.encoder.folder / "config.json").string()});
  }

  std::vector<SequenceClassifier> members;
  bool sigmoid;
};

CrossEncoder::CrossEncoder(const fs::path& model_folder, const LmOptions& options)
    : model_(std::make_unique<Model>(model_folder, options)) {}
CrossEncoder::~CrossEncoder() = default;
CrossEncoder::CrossEncoder(CrossEncoder&&) noexcept = default;

std::vector<float> CrossEncoder::scores(std::string_view query, std::span<const std::string> texts,
                                        const std::function<void(std::int64_t)>& progress) const {
  const auto served = [&](Matrix& logits) {
    for (std::int64_t i = 0; i < logits.rows() && model_->sigmoid; ++i)
      logits.row(i)[0] = 1 / (1 + std::exp(-logits.row(i)[0]));
  };
  const std::vector<std::string> queries(texts.size(), std::string(query));
  const Matrix found = averaged(model_->members, queries, texts, served, progress);
  return {found.values().begin(), found.values().end()};
}

}  // namespace genre
