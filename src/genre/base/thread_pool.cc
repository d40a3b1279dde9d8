#include "genre/base/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace genre {
namespace {

constexpr std::chrono::microseconds kAwake{100};

thread_local bool inside_body = false;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Chunks [next, end) that one worker takes before it helps the others: what the same loop brings again and again, as
// the weights of a model, then stays near the same core.
struct alignas(64) Share {
  std::atomic<std::size_t> next{0};
  std::size_t end = 0;
};

struct Loop {
  std::size_t count = 0;
  std::size_t grain = 1;
  const std::function<void(std::size_t, std::size_t, int)>* body = nullptr;
  std::vector<Share>& shares;  // one a worker
  std::mutex error_mutex;
  std::exception_ptr error;

  void share_out() {
    const std::size_t chunks = (count + grain - 1) / grain, workers = shares.size();
    for (std::size_t w = 0; w < workers; ++w) {
      shares[w].next.store(chunks * w / workers, std::memory_order_relaxed);
      shares[w].end = chunks * (w + 1) / workers;
    }
  }

  void run(int worker) {
    inside_body = true;
    for (std::size_t i = 0; i < shares.size(); ++i) {
      Share& share = shares[(static_cast<std::size_t>(worker) + i) % shares.size()];
      for (;;) {
        const std::size_t begin = share.next.fetch_add(1, std::memory_order_relaxed) * grain;
        if (begin >= share.end * grain) break;
        try {
          (*body)(begin, std::min(begin + grain, count), worker);
        } catch (...) {
          const std::lock_guard lock(error_mutex);
          if (!error) error = std::current_exception();
          for (Share& all : shares) all.next.store(all.end, std::memory_order_relaxed);
        }
      }
    }
    inside_body = false;
  }
};

}  // namespace

struct ThreadPool::State {
  std::mutex busy;  // held by the thread that owns the current loop
  std::atomic<Loop*> loop{nullptr};
  std::atomic<std::uint64_t> generation{0};  // counts loops
  std::atomic<int> active{0};                // workers that may look at the loop
  std::atomic<int> bursts{0};
  std::vector<Share> shares;  // of the current loop
  bool may_spin = false;

  // Whoever sleeps says so before it looks for the last time, whoever wakes looks after it has changed what is waited
  // for.
  std::mutex mutex;
  std::condition_variable wake, done;
  std::atomic<int> sleepers{0};
  std::atomic<bool> owner_sleeps{false}, stop{false};
  std::vector<std::thread> workers;

  // Waits awake for at most kAwake while a burst is open; whether `ready` came true.
  template <class Ready>
  bool spin(const Ready& ready) const {
    if (ready()) return true;
    if (!may_spin || bursts.load(std::memory_order_relaxed) == 0) return false;
    const auto end = std::chrono::steady_clock::now() + kAwake;
    do {
      for (int i = 0; i < 64; ++i) {
        if (ready()) return true;
        pause();
      }
    } while (bursts.load(std::memory_order_relaxed) > 0 && std::chrono::steady_clock::now() < end);
    return ready();
  }

  void work(int worker) {
    std::uint64_t seen = 0;
    for (;;) {
      const auto called = [&] { return generation.load() != seen || stop.load(); };
      if (!spin(called)) {
        std::unique_lock lock(mutex);
        ++sleepers;
        wake.wait(lock, called);
        --sleepers;
      }
      if (stop.load()) return;
      seen = generation.load();
      ++active;  // before the look at the loop, so that its owner waits for this worker or this worker sees none
      if (Loop* const current = loop.load()) current->run(worker);
      if (--active == 0 && owner_sleeps.load()) {
        const std::lock_guard lock(mutex);
        done.notify_one();
      }
    }
  }

  void call() {
    ++generation;
    if (sleepers.load() == 0) return;
    { const std::lock_guard lock(mutex); }
    wake.notify_all();
  }

  // No worker looks at the loop any more, nor will.
  void close_loop() {
    loop.store(nullptr);
    const auto left = [&] { return active.load() == 0; };
    if (spin(left)) return;
    std::unique_lock lock(mutex);
    owner_sleeps.store(true);
    done.wait(lock, left);
    owner_sleeps.store(false);
  }
};

ThreadPool::ThreadPool(int threads) : threads_(threads), state_(std::make_unique<State>()) {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  if (threads_ <= 0) threads_ = cores;
  state_->may_spin = threads_ <= cores;
  state_->shares = std::vector<Share>(static_cast<std::size_t>(threads_));
  for (int t = 1; t < threads_; ++t) state_->workers.emplace_back([this, t] { state_->work(t); });
}

ThreadPool::~ThreadPool() {
  state_->stop.store(true);
  state_->call();
  for (auto& worker : state_->workers) worker.join();
}

ThreadPool::Burst::Burst(ThreadPool& pool) : pool_(pool) { ++pool_.state_->bursts; }
ThreadPool::Burst::~Burst() { --pool_.state_->bursts; }

void ThreadPool::parallel_for(std::size_t count, std::size_t grain,
                              const std::function<void(std::size_t, std::size_t, int)>& body) {
  if (count == 0) return;
  grain = std::max<std::size_t>(grain, 1);
  std::unique_lock owner(state_->busy, std::defer_lock);
  if (threads_ == 1 || count <= grain || inside_body || !owner.try_lock()) {
    for (std::size_t begin = 0; begin < count; begin += grain) body(begin, std::min(begin + grain, count), 0);
    return;
  }
  Loop loop{.count = count, .grain = grain, .body = &body, .shares = state_->shares, .error_mutex = {}, .error = {}};
  loop.share_out();
  state_->loop.store(&loop);
  state_->call();
  loop.run(0);
  state_->close_loop();
  if (loop.error) std::rethrow_exception(loop.error);
}

namespace {
int wanted_threads = 0;
}

void set_global_threads(int threads) { wanted_threads = threads; }

ThreadPool& global_pool() {
  static ThreadPool pool(wanted_threads);
  return pool;
}

}  // namespace genre
