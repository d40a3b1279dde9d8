#include "genre/lm/sequence_classifier.h"

#include <algorithm>

#include "genre/base/error.h"
#include "genre/base/thread_pool.h"
#include "genre/lm/ensemble.h"
#include "genre/lm/packed_batches.h"
#include "genre/text/tokenizer.h"

namespace genre {
namespace fs = std::filesystem;

SequenceClassifier::SequenceClassifier(const fs::path& folder, const LmOptions& options)
    : model_(read_classifier_config(folder), encoder_precision(options.precision)),
      tokenizer_(load_tokenizer(folder)),
      maximum_tokens_(classifier_limit(model_.config(), *tokenizer_, options)) {}
SequenceClassifier::~SequenceClassifier() = default;
SequenceClassifier::SequenceClassifier(SequenceClassifier&&) noexcept = default;

Matrix SequenceClassifier::logits(std::span<const std::string> texts, std::span<const std::string> others,
                                  const std::function<void(std::int64_t)>& progress) const {
  constexpr std::size_t kGrain = 64;
  std::vector<std::vector<std::int32_t>> ids(texts.size()), segments(others.size());
  global_pool().parallel_for(texts.size(), kGrain, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t i = begin; i < end; ++i) {
      if (others.empty()) {
        ids[i] = tokenizer_->encode(texts[i], maximum_tokens_);
        continue;
      }
      TokenSequence pair = tokenizer_->encode_pair(texts[i], others[i], maximum_tokens_);
      ids[i] = std::move(pair.ids);
      segments[i] = std::move(pair.segments);
    }
  });
  Matrix out(static_cast<std::int64_t>(texts.size()), static_cast<std::int64_t>(config().labels.size()));
  for_each_batch(
      ids, segments,
      [&](std::span<const std::int32_t> numbers, const PackedTokens& tokens) {
        const Matrix found = model_.logits(tokens);
        for (std::size_t i = 0; i < numbers.size(); ++i)
          std::ranges::copy(found.row(static_cast<std::int64_t>(i)), out.row(numbers[i]).begin());
      },
      progress);
  return out;
}

std::vector<SequenceClassifier> load_members(const fs::path& model, const LmOptions& options) {
  std::vector<SequenceClassifier> out;
  for (const fs::path& member : ensemble_members(model)) {
    out.emplace_back(member, options);
    const ClassifierConfig &first = out.front().config(), &last = out.back().config();
    if (last.labels != first.labels || last.problem != first.problem)
      throw Error(ErrorCode::kData, "the members of the ensemble do not have the same labels",
                  "train them on the same examples", {.file = (member / "config.json").string()});
  }
  return out;
}

Matrix averaged(std::span<const SequenceClassifier> members, std::span<const std::string> texts,
                std::span<const std::string> others, const std::function<void(Matrix&)>& served,
                const std::function<void(std::int64_t)>& progress) {
  const auto count = static_cast<std::int64_t>(members.size());
  std::int64_t seen = 0, told = 0;
  const auto advance = [&](std::int64_t done) {
    seen += done;
    if (progress && seen / count > told) progress(seen / count - told);
    told = seen / count;
  };
  Matrix sum;
  for (const SequenceClassifier& member : members) {
    Matrix one = member.logits(texts, others, advance);
    served(one);
    if (count == 1) return one;
    const bool first = sum.rows() == 0;
    if (first) sum = Matrix(one.rows(), one.cols());
    for (std::int64_t i = 0; i < one.rows(); ++i)
      for (std::int64_t l = 0; l < one.cols(); ++l)
        sum.row(i)[l] = (first ? 0 : sum.row(i)[l]) + one.row(i)[l] / static_cast<float>(count);
  }
  return sum;
}

}  // namespace genre
