// The texts that are being written, and the steps that write them. generator.h gives it a queue and a thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <future>
#include <list>
#include <optional>
#include <span>
#include <vector>

#include "genre/lm/decoder.h"
#include "genre/lm/prompt_prefixes.h"
#include "genre/lm/text_writer.h"

namespace genre {

struct GenerationTask {
  std::uint64_t id;
  GenerationRequest request;
  std::promise<Generation> result;
};

// Not thread-safe.
class GenerationBatch {
 public:
  // At most `concurrent` texts; each step reads `prompt_tokens` of prompts, more while no text is being written.
  GenerationBatch(const Decoder& decoder, int concurrent, int prompt_tokens);

  bool empty() const { return texts_.empty() && !prefix_; }
  // Whether another task may join now: there is a place, and no prefix that it might need is being computed.
  bool open() const;
  // Takes the task, unless its prompt's beginning is shared with `others` (prompts that wait) and has to be computed
  // first; then that begins and the task is left untouched. Returns whether it was taken. A fault of the request fails
  // it.
  bool join(GenerationTask& task, std::span<const std::span<const std::int32_t>> others);
  // One forward pass: one token for every text whose prompt was read. Texts that end leave. A forward pass that throws
  // fails all texts.
  void step();
  void cancel(std::uint64_t id);  // nothing when the id is not here
  void cancel_all();

 private:
  using Clock = std::chrono::steady_clock;
  struct Text {
    GenerationTask task;
    TextWriter writer;
    KvCache cache;
    int shared_tokens;
    Clock::time_point begin, prompt_end;
    std::exception_ptr fault;
  };
  struct Prefix {
    PromptPrefix prefix;
    KvCache cache;
  };

  // Appends the slices of the step, and the texts that take a row of its logits each, in order.
  void plan(std::vector<DecoderSlice>& slices, std::vector<Text*>& writing);
  void tell(Text& text);
  bool leave_if_ended(Text& text);
  KvCache cache_behind(const PromptPrefix& prefix) const;

  const Decoder& decoder_;
  std::size_t concurrent_, prompt_tokens_;
  PromptPrefixes prefixes_;
  std::optional<Prefix> prefix_;  // that is being computed
  std::list<Text> texts_;
};

}  // namespace genre
