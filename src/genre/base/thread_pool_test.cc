#include "genre/base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace genre {

TEST(ThreadPool, VisitsEveryElementOnce) {
  ThreadPool pool(4);
  for (const std::size_t count : {0u, 1u, 7u, 1000u}) {
    std::vector<std::atomic<int>> visits(count);
    pool.parallel_for(count, 3, [&](std::size_t begin, std::size_t end, int worker) {
      ASSERT_LT(worker, 4);
      for (std::size_t i = begin; i < end; ++i) ++visits[i];
    });
    for (const auto& n : visits) EXPECT_EQ(n, 1);
  }
}

TEST(ThreadPool, RethrowsTheFirstExceptionAndStaysUsable) {
  ThreadPool pool(3);
  EXPECT_THROW(pool.parallel_for(100, 1,
                                 [](std::size_t begin, std::size_t, int) {
                                   if (begin == 50) throw std::runtime_error("fifty");
                                 }),
               std::runtime_error);
  std::atomic<int> sum{0};
  pool.parallel_for(10, 1, [&](std::size_t begin, std::size_t, int) { sum += static_cast<int>(begin); });
  EXPECT_EQ(sum, 45);
}

TEST(ThreadPool, NestedAndConcurrentCallsDoNotDeadlock) {
  ThreadPool pool(2);
  std::atomic<int> sum{0};
  std::vector<std::thread> callers;
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        pool.parallel_for(8, 1, [&](std::size_t, std::size_t, int) {
          pool.parallel_for(4, 1,
                            [&](std::size_t begin, std::size_t end, int) { sum += static_cast<int>(end - begin); });
        });
      }
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(sum, 4 * 50 * 8 * 4);
}

TEST(ThreadPool, ShortLoopsInABurstVisitEveryElementOnce) {
  for (const int threads : {2, 16}) {  // the second has more threads than most machines cores, so it never spins
    ThreadPool pool(threads);
    std::vector<int> visits(64);
    int loops = 0;
    for (int round = 0; round < 20; ++round) {
      const ThreadPool::Burst burst(pool);
      for (int loop = 0; loop < 100; ++loop, ++loops) {
        pool.parallel_for(visits.size(), 4, [&](std::size_t begin, std::size_t end, int) {
          for (std::size_t i = begin; i < end; ++i) ++visits[i];  // plain: a loop is over before the next one starts
        });
      }
    }
    for (const int n : visits) ASSERT_EQ(n, loops);
  }
}

TEST(ThreadPool, BurstsOfSeveralThreadsShareOnePool) {
  ThreadPool pool(2);
  std::atomic<int> sum{0};
  std::vector<std::thread> callers;
  for (int t = 0; t < 3; ++t) {
    callers.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        const ThreadPool::Burst burst(pool);
        for (int loop = 0; loop < 10; ++loop)
          pool.parallel_for(8, 1,
                            [&](std::size_t begin, std::size_t end, int) { sum += static_cast<int>(end - begin); });
      }
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(sum, 3 * 50 * 10 * 8);
}

TEST(ThreadPool, RethrowsInsideABurst) {
  ThreadPool pool(2);
  const ThreadPool::Burst burst(pool);
  EXPECT_THROW(pool.parallel_for(100, 1,
                                 [](std::size_t begin, std::size_t, int) {
                                   if (begin == 50) throw std::runtime_error("fifty");
                                 }),
               std::runtime_error);
}

}  // namespace genre
