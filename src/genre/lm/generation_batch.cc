#include "genre/lm/generation_batch.h"

#include <algorithm>
#include <utility>

#include "genre/base/thread_pool.h"

namespace genre {
namespace {

constexpr std::size_t kPromptTokensAlone = 512;  // of a step that has no text to keep waiting

WritingModel writing_model(const Decoder& decoder) {
  const auto& config = decoder.config();
  return {decoder.tokenizer(), config.vocabulary, config.end_tokens, config.positions};
}

double seconds_between(auto from, auto to) { return std::chrono::duration<double>(to - from).count(); }

}  // namespace

GenerationBatch::GenerationBatch(const Decoder& decoder, int concurrent, int prompt_tokens)
    : decoder_(decoder),
      concurrent_(static_cast<std::size_t>(concurrent)),
      prompt_tokens_(static_cast<std::size_t>(prompt_tokens)) {}

bool GenerationBatch::open() const { return !prefix_ && texts_.size() < concurrent_; }

KvCache GenerationBatch::cache_behind(const PromptPrefix& prefix) const {
  return prefix.cache ? KvCache(prefix.cache) : decoder_.new_cache();
}

bool GenerationBatch::join(GenerationTask& task, std::span<const std::span<const std::int32_t>> others) {
  try {
    const std::span<const std::int32_t> prompt = task.request.prompt;
    TextWriter writer(writing_model(decoder_), task.request);  // checks the prompt before anything is computed for it
    const PromptPrefix known = prefixes_.longest(prompt);
    const std::size_t worth = prefixes_.worth_sharing(prompt, known.ids.size(), others);
    if (worth > known.ids.size()) {
      prefix_.emplace(Prefix{{{prompt.begin(), prompt.begin() + static_cast<std::ptrdiff_t>(worth)}, nullptr},
                             cache_behind(known)});
      return false;
    }
    prefixes_.saw(prompt);
    KvCache cache = cache_behind(known);
    texts_.push_back({std::move(task),
                      std::move(writer),
                      std::move(cache),
                      static_cast<int>(known.ids.size()),
                      Clock::now(),
                      {},
                      nullptr});
  } catch (...) {
    task.result.set_exception(std::current_exception());
  }
  return true;
}

void GenerationBatch::plan(std::vector<DecoderSlice>& slices, std::vector<Text*>& writing) {
  const bool others_wait = std::ranges::any_of(texts_, [](const Text& t) { return !t.writer.ids().empty(); });
  std::size_t budget = others_wait ? prompt_tokens_ : std::max(prompt_tokens_, kPromptTokensAlone);
  // The next piece of a prompt behind what its cache holds; returns whether it is the last.
  const auto read = [&](KvCache& cache, std::span<const std::int32_t> prompt, int logits) {
    const auto rest = prompt.subspan(static_cast<std::size_t>(cache.length()));
    const auto piece = rest.first(std::min(budget, rest.size()));
    budget -= piece.size();
    const bool last = piece.size() == rest.size();
    if (!piece.empty()) slices.push_back({&cache, piece, last ? logits : 0});
    return last;
  };
  if (prefix_) read(prefix_->cache, prefix_->prefix.ids, 0);
  for (Text& text : texts_) {
    if (!text.writer.ids().empty()) {
      slices.push_back({&text.cache, std::span(text.writer.ids()).last(1), 1});
      writing.push_back(&text);
    } else if (read(text.cache, text.task.request.prompt, 1)) {
      writing.push_back(&text);
    }
  }
}

void GenerationBatch::step() {
  std::vector<DecoderSlice> slices;
  std::vector<Text*> writing;
  plan(slices, writing);
  Matrix logits;
  try {
    logits = decoder_.forward(slices);
  } catch (...) {
    for (Text& text : texts_) text.task.result.set_exception(std::current_exception());
    texts_.clear();
    prefix_.reset();
    return;
  }
  if (prefix_ && static_cast<std::size_t>(prefix_->cache.length()) == prefix_->prefix.ids.size()) {
    prefix_->prefix.cache = std::make_shared<const KvCache>(std::move(prefix_->cache));
    prefixes_.add(std::move(prefix_->prefix));
    prefix_.reset();
  }
  const auto now = Clock::now();
  global_pool().parallel_for(writing.size(), 1, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t i = begin; i < end; ++i) {
      Text& text = *writing[i];
      if (text.writer.ids().empty()) text.prompt_end = now;
      try {
        text.writer.write(logits.row(static_cast<std::int64_t>(i)));
      } catch (...) {
        text.fault = std::current_exception();
      }
    }
  });
  for (Text* const text : writing) tell(*text);
  std::erase_if(texts_, [this](Text& text) { return leave_if_ended(text); });
}

void GenerationBatch::tell(Text& text) {
  const std::string_view fresh = text.writer.fresh();
  if (text.fault || fresh.empty() || !text.task.request.on_text) return;
  try {
    text.task.request.on_text(fresh);
  } catch (...) {
    text.fault = std::current_exception();
  }
}

bool GenerationBatch::leave_if_ended(Text& text) {
  if (text.fault) {
    text.task.result.set_exception(text.fault);
    return true;
  }
  const TextWriter& writer = text.writer;
  if (!writer.finished()) return false;
  const bool prompt_read = text.prompt_end != Clock::time_point();
  text.task.result.set_value({
      .text = writer.text(),
      .ids = writer.ids(),
      .prompt_tokens = static_cast<int>(text.task.request.prompt.size()),
      .shared_tokens = text.shared_tokens,
      .stop_reason = writer.stop_reason(),
      .prefill_seconds = prompt_read ? seconds_between(text.begin, text.prompt_end) : 0,
      .decode_seconds = prompt_read ? seconds_between(text.prompt_end, Clock::now()) : 0,
  });
  return true;
}

void GenerationBatch::cancel(std::uint64_t id) {
  const auto text = std::ranges::find(texts_, id, [](const Text& t) { return t.task.id; });
  if (text == texts_.end()) return;
  text->writer.cancel();
  tell(*text);
  leave_if_ended(*text);
  texts_.erase(text);
}

void GenerationBatch::cancel_all() {
  while (!texts_.empty()) cancel(texts_.front().task.id);
  prefix_.reset();
}

}  // namespace genre
