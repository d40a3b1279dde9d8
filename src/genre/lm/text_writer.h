// One text as it is written: the choice of each token from the model's logits, and when to stop.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "genre/lm/generation.h"
#include "genre/lm/sampler.h"
#include "genre/lm/stop_strings.h"
#include "genre/text/token_stream.h"
#include "genre/text/tokenizer.h"

namespace genre {

// What a text writer has to know about its model.
struct WritingModel {
  const Tokenizer& tokenizer;
  std::int32_t vocabulary;  // of the logits; not below the tokenizer's
  std::span<const std::int32_t> end_tokens;
  int positions;
};

// Depends on its own request and logits only. Not thread-safe.
class TextWriter {
 public:
  // Views and the request outlive the writer. Throws Error(kUsage) for options out of range, stop strings beside a
  // constraint, fewer tokens than the shortest text of the constraint needs, a prompt that is empty or longer than the
  // model's positions; Error(kData) for ids outside the vocabulary.
  TextWriter(const WritingModel& model, const GenerationRequest& request);

  // Chooses the next token from the logits behind the last one. Not after it finished.
  void write(std::span<const float> logits);
  bool finished() const { return finished_; }
  StopReason stop_reason() const { return stop_reason_; }  // once finished
  void cancel();

  const std::vector<std::int32_t>& ids() const { return ids_; }
  const std::string& text() const { return text_; }
  // What was added to the text since the last call; valid until the next write().
  std::string_view fresh();

 private:
  void append(std::int32_t id);
  void finish(StopReason reason);
  bool is_end(std::int32_t id) const;
  bool under_constraint(std::int32_t id);
  void find_allowed();

  const WritingModel model_;
  const TokenConstraint* constraint_;
  std::size_t limit_;
  Sampler sampler_;
  TokenStream stream_;
  StopStrings stops_;
  TokenConstraint::State state_ = TokenConstraint::kStart;
  std::vector<std::int32_t> allowed_;  // by the constraint; empty: every token
  std::vector<std::int32_t> ids_;
  std::string text_;
  std::size_t fresh_from_ = 0;
  bool finished_ = false;
  StopReason stop_reason_ = StopReason::kCancelled;
};

}  // namespace genre
