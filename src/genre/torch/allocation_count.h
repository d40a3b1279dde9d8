// Bytes of the tensors that this thread allocates, counted.
#pragma once

#include <cstdint>
#include <memory>

namespace genre::trainer {

// Counts while it lives. Memory that products take beside tensors does not count. One at a time a thread.
class AllocationCount {
 public:
  AllocationCount();
  ~AllocationCount();
  AllocationCount(const AllocationCount&) = delete;
  AllocationCount& operator=(const AllocationCount&) = delete;

  // Allocated and not freed since it began; what was there before and is freed counts below zero.
  std::int64_t live() const;
  // The most that was.
  std::int64_t peak() const;

 private:
  struct Counter;
  std::shared_ptr<Counter> counter_;
};

}  // namespace genre::trainer
