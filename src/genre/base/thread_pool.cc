#include "genre/base/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace genre {
namespace {

thread_local bool inside_body = false;

struct Loop {
  std::size_t count = 0;
  std::size_t grain = 1;
  const std::function<void(std::size_t, std::size_t, int)>* body = nullptr;
  std::atomic<std::size_t> next{0};
  std::mutex error_mutex;
  std::exception_ptr error;

  void run(int worker) {
    inside_body = true;
    for (;;) {
      const std::size_t begin = next.fetch_add(grain, std::memory_order_relaxed);
      if (begin >= count) break;
      try {
        (*body)(begin, std::min(begin + grain, count), worker);
      } catch (...) {
        const std::lock_guard lock(error_mutex);
        if (!error) error = std::current_exception();
        next.store(count, std::memory_order_relaxed);
      }
    }
    inside_body = false;
  }
};

}  // namespace

struct ThreadPool::State {
  std::mutex busy;  // held by the thread that owns the current loop
  std::mutex mutex;
  std::condition_variable wake, done;
  Loop* loop = nullptr;
  std::size_t generation = 0;
  int running = 0;
  bool stop = false;
  std::vector<std::thread> workers;

  void work(int worker) {
    std::size_t seen = 0;
    std::unique_lock lock(mutex);
    for (;;) {
      wake.wait(lock, [&] { return stop || generation != seen; });
      if (stop) return;
      seen = generation;
      Loop* const current = loop;
      lock.unlock();
      current->run(worker);
      lock.lock();
      if (--running == 0) done.notify_one();
    }
  }
};

ThreadPool::ThreadPool(int threads) : threads_(threads), state_(std::make_unique<State>()) {
  if (threads_ <= 0) threads_ = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  for (int t = 1; t < threads_; ++t) state_->workers.emplace_back([this, t] { state_->work(t); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stop = true;
  }
  state_->wake.notify_all();
  for (auto& worker : state_->workers) worker.join();
}

void ThreadPool::parallel_for(std::size_t count, std::size_t grain,
                              const std::function<void(std::size_t, std::size_t, int)>& body) {
  if (count == 0) return;
  grain = std::max<std::size_t>(grain, 1);
  std::unique_lock owner(state_->busy, std::defer_lock);
  if (threads_ == 1 || count <= grain || inside_body || !owner.try_lock()) {
    for (std::size_t begin = 0; begin < count; begin += grain) body(begin, std::min(begin + grain, count), 0);
    return;
  }
  Loop loop;
  loop.count = count;
  loop.grain = grain;
  loop.body = &body;
  {
    const std::lock_guard lock(state_->mutex);
    state_->loop = &loop;
    state_->running = threads_ - 1;
    ++state_->generation;
  }
  state_->wake.notify_all();
  loop.run(0);
  std::unique_lock lock(state_->mutex);
  state_->done.wait(lock, [&] { return state_->running == 0; });
  lock.unlock();
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
