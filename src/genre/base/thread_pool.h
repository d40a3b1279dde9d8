// A fixed set of worker threads for data-parallel loops. The calling thread takes part, so a pool of one runs inline.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace genre {

class ThreadPool {
 public:
  explicit ThreadPool(int threads);  // 0: all cores
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return threads_; }

  // While one is open, threads wait awake for the next loop and for the end of this one, up to 100 us at a time, so
  // that hundreds of short loops in a row cost about a microsecond each; a pool of more threads than cores never does.
  // An idle pool sleeps, with or without. Any number may be open, from any thread; none may outlive the pool.
  class Burst {
   public:
    explicit Burst(ThreadPool& pool);
    ~Burst();
    Burst(const Burst&) = delete;
    Burst& operator=(const Burst&) = delete;

   private:
    ThreadPool& pool_;
  };

  // Calls body(begin, end, worker) over disjoint chunks of [0, count) of at most `grain` elements that begin at its
  // multiples. Each worker takes those of its own share, the same in every such loop, and then what others have left;
  // worker is in [0, threads()) and no two concurrent calls share it. Returns when all are done; the
  // first exception thrown by a body is rethrown here, the remaining chunks are dropped. A worker that comes late is
  // not waited for. Results must not depend on which worker ran a chunk. A call from inside a body, or from a second
  // thread while the pool is busy, runs inline with worker 0 of its own: bodies keep per-worker state local to the
  // call.
  void parallel_for(std::size_t count, std::size_t grain,
                    const std::function<void(std::size_t begin, std::size_t end, int worker)>& body);

 private:
  struct State;
  int threads_;
  std::unique_ptr<State> state_;
};

// The program's pool. set_global_threads must come before its first use; 0 means all cores.
void set_global_threads(int threads);
ThreadPool& global_pool();

}  // namespace genre
