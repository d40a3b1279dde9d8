// Many texts written at once by one decoder (continuous batching; Yu et al., OSDI 2022): each step reads the weights
// once for the next token of every text and for pieces of new prompts, and requests join and leave between steps.
#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <optional>

#include "genre/lm/decoder.h"
#include "genre/lm/generation.h"

namespace genre {

struct GeneratorOptions {
  int concurrent = 16;      // texts written at once
  int waiting = 1024;       // requests in the queue
  int prompt_tokens = 128;  // of prompts read in a step beside texts that are being written
};

// A request's text depends on nothing but the request, to the last bit. Beginnings that prompts share are computed once
// (prompt_prefixes.h). Thread-safe; owns one thread, which uses the global pool.
class Generator {
 public:
  // The decoder outlives the generator. Throws Error(kUsage) for options below 1.
  explicit Generator(const Decoder& decoder, const GeneratorOptions& options = {});
  ~Generator();  // cancels what is left
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  struct Ticket {
    std::uint64_t id;
    // Throws what a forward pass throws, and what TextWriter does for a fault of the request.
    std::future<Generation> result;
  };
  Ticket submit(GenerationRequest request);                     // waits for a place in the queue
  std::optional<Ticket> try_submit(GenerationRequest request);  // nothing when the queue is full

  // The request ends with the text that it has, StopReason::kCancelled. Nothing happens when it has ended already.
  void cancel(std::uint64_t id);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace genre
