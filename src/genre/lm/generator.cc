#include "genre/lm/generator.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "genre/base/error.h"
#include "genre/lm/generation_batch.h"

namespace genre {

struct Generator::State {
  GeneratorOptions options;
  GenerationBatch batch;  // of the thread alone
  std::mutex mutex;       // guards what follows
  std::condition_variable work, room;
  std::deque<GenerationTask> waiting;  // taken by the thread alone, so that it may look at prompts without the lock
  std::vector<std::uint64_t> cancelled;
  std::uint64_t next_id = 1;
  bool stopping = false;
  std::thread thread;

  State(const Decoder& decoder, const GeneratorOptions& o)
      : options(o), batch(decoder, o.concurrent, o.prompt_tokens), thread([this] { run(); }) {}

  bool has_room() const { return waiting.size() < static_cast<std::size_t>(options.waiting); }
  Ticket enqueue(GenerationRequest request);
  void run();
  void cancel_marked(std::unique_lock<std::mutex>& lock);
  bool take_one(std::unique_lock<std::mutex>& lock);
};

Generator::Generator(const Decoder& decoder, const GeneratorOptions& options) {
  if (std::min({options.concurrent, options.waiting, options.prompt_tokens}) < 1)
    throw Error(ErrorCode::kUsage, "a generator's concurrent, waiting and prompt_tokens are at least 1");
  state_ = std::make_unique<State>(decoder, options);
}

Generator::~Generator() {
  {
    const std::scoped_lock lock(state_->mutex);
    state_->stopping = true;
  }
  state_->work.notify_all();
  state_->thread.join();
}

Generator::Ticket Generator::State::enqueue(GenerationRequest request) {
  GenerationTask task{next_id++, std::move(request), {}};
  Ticket ticket{task.id, task.result.get_future()};
  waiting.push_back(std::move(task));
  work.notify_all();
  return ticket;
}

Generator::Ticket Generator::submit(GenerationRequest request) {
  std::unique_lock lock(state_->mutex);
  state_->room.wait(lock, [&] { return state_->has_room(); });
  return state_->enqueue(std::move(request));
}

std::optional<Generator::Ticket> Generator::try_submit(GenerationRequest request) {
  const std::scoped_lock lock(state_->mutex);
  if (!state_->has_room()) return std::nullopt;
  return state_->enqueue(std::move(request));
}

void Generator::cancel(std::uint64_t id) {
  {
    const std::scoped_lock lock(state_->mutex);
    state_->cancelled.push_back(id);
  }
  state_->work.notify_all();
}

void Generator::State::run() {
  std::unique_lock lock(mutex);
  while (true) {
    work.wait(lock, [&] { return stopping || !waiting.empty() || !cancelled.empty() || !batch.empty(); });
    if (stopping) {
      for (const auto& task : waiting) cancelled.push_back(task.id);
      cancel_marked(lock);
      return batch.cancel_all();
    }
    cancel_marked(lock);
    while (!waiting.empty() && batch.open() && take_one(lock)) {
    }
    room.notify_all();
    if (batch.empty()) continue;
    lock.unlock();
    batch.step();
    lock.lock();
  }
}

void Generator::State::cancel_marked(std::unique_lock<std::mutex>& lock) {
  std::vector<std::uint64_t> running;
  for (const std::uint64_t id : std::exchange(cancelled, {})) {
    const auto task = std::ranges::find(waiting, id, &GenerationTask::id);
    if (task == waiting.end()) {
      running.push_back(id);
      continue;
    }
    task->result.set_value({.prompt_tokens = static_cast<int>(task->request.prompt.size())});
    waiting.erase(task);
  }
  lock.unlock();  // the batch calls back
  for (const std::uint64_t id : running) batch.cancel(id);
  lock.lock();
}

// Moves the first waiting task into the batch, unless that has to compute its prompt's beginning first.
bool Generator::State::take_one(std::unique_lock<std::mutex>& lock) {
  constexpr std::size_t kLooksAhead = 64;
  GenerationTask task = std::move(waiting.front());
  waiting.pop_front();
  std::vector<std::span<const std::int32_t>> others;
  for (std::size_t i = 0; i < std::min(waiting.size(), kLooksAhead); ++i) others.push_back(waiting[i].request.prompt);
  lock.unlock();
  const bool taken = batch.join(task, others);
  lock.lock();
  if (!taken) waiting.push_front(std::move(task));
  return taken;
}

}  // namespace genre
