#include "genre/lm/text_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "genre/base/error.h"

namespace genre {
namespace {

std::size_t token_limit(const WritingModel& model, const GenerationRequest& request) {
  const auto prompt = static_cast<std::int64_t>(request.prompt.size());
  if (prompt == 0) throw Error(ErrorCode::kUsage, "the prompt is empty", "write at least one character");
  if (prompt > model.positions)
    throw Error(ErrorCode::kUsage,
                fmt::format("the prompt has {} tokens, the model reads at most {}", prompt, model.positions));
  for (const std::int32_t id : request.prompt)
    if (id < 0 || id >= model.vocabulary)
      throw Error(ErrorCode::kData, fmt::format("token {} of the prompt is outside [0, {})", id, model.vocabulary));
  if (request.max_tokens < 1)
    throw Error(ErrorCode::kUsage, fmt::format("max-tokens must be at least 1, not {}", request.max_tokens));
  // The last token is not read by the model, so it needs no position.
  const auto limit = std::min<std::int64_t>(request.max_tokens, model.positions - prompt + 1);
  if (request.constraint == nullptr) return static_cast<std::size_t>(limit);
  if (!request.stop.empty())
    throw Error(ErrorCode::kUsage, "stop strings could cut what the constraint asks for", "leave one of them out");
  if (const int least = request.constraint->closing_length(TokenConstraint::kStart); least > limit)
    throw Error(ErrorCode::kUsage,
                fmt::format("{} tokens are too few: the shortest text that the constraint allows has {}", limit, least),
                "raise max-tokens");
  return static_cast<std::size_t>(limit);
}

}  // namespace

TextWriter::TextWriter(const WritingModel& model, const GenerationRequest& request)
    : model_(model),
      constraint_(request.constraint.get()),
      limit_(token_limit(model, request)),
      sampler_(request.sampling, model.vocabulary),
      stream_(model.tokenizer),
      stops_(request.stop) {
  for (const std::int32_t id : request.prompt) sampler_.see(id);
  if (constraint_ != nullptr) find_allowed();
}

void TextWriter::write(std::span<const float> logits) {
  assert(!finished_);
  const std::int32_t id = sampler_.sample(logits, allowed_);
  if (is_end(id)) return finish(StopReason::kEnd);
  if (constraint_ != nullptr && !under_constraint(id)) return;
  append(id);
  if (stops_.found()) return finish(StopReason::kStop);
  if (constraint_ != nullptr) {
    find_allowed();
    if (allowed_.empty()) return finish(StopReason::kConstraint);
  }
  if (ids_.size() == limit_) finish(StopReason::kLength);
}

// Steps along `id` if the text can still be closed behind it with the tokens that are left; else closes it here.
bool TextWriter::under_constraint(std::int32_t id) {
  const auto next = constraint_->next(state_, id);
  if (ids_.size() + 1 + static_cast<std::size_t>(constraint_->closing_length(next)) <= limit_) {
    state_ = next;
    return true;
  }
  for (const std::int32_t closing : constraint_->closing(state_)) append(closing);
  finish(StopReason::kLength);
  return false;
}

void TextWriter::find_allowed() {
  constraint_->allowed(state_, allowed_);
  if (allowed_.empty() || !constraint_->complete(state_)) return;
  allowed_.insert(allowed_.end(), model_.end_tokens.begin(), model_.end_tokens.end());
  std::ranges::sort(allowed_);
  allowed_.erase(std::ranges::unique(allowed_).begin(), allowed_.end());
}

void TextWriter::append(std::int32_t id) {
  ids_.push_back(id);
  sampler_.see(id);
  text_ += stops_.push(stream_.push(id));
}

void TextWriter::finish(StopReason reason) {
  if (reason != StopReason::kStop) {
    text_ += stops_.push(stream_.finish());
    text_ += stops_.finish();
    if (stops_.found()) reason = StopReason::kStop;
  }
  finished_ = true;
  stop_reason_ = reason;
}

void TextWriter::cancel() { finish(StopReason::kCancelled); }

bool TextWriter::is_end(std::int32_t id) const {
  return std::ranges::find(model_.end_tokens, id) != model_.end_tokens.end();
}

std::string_view TextWriter::fresh() {
  const std::size_t from = std::exchange(fresh_from_, text_.size());
  return std::string_view(text_).substr(from);
}

}  // namespace genre
