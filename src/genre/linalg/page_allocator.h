// Memory of matrices. It begins with a cache line, so that a vector of 64 bytes reads one line and not two halves;
// large ones lie in huge pages where the system has them, which saves most of the misses of address translation when
// rows far apart are read.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace genre {

// 2 MiB pages by advice; plain memory where that is not to be had. Throws std::bad_alloc.
void* allocate_huge_pages(std::size_t bytes);
void free_huge_pages(void* memory);

template <class T>
struct PageAllocator {
  using value_type = T;
  static constexpr std::size_t kLarge = std::size_t{4} << 20;  // bytes
  static constexpr std::align_val_t kLine{64};

  PageAllocator() = default;
  template <class U>
  PageAllocator(const PageAllocator<U>&) {}

  T* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
    return static_cast<T*>(bytes < kLarge ? ::operator new(bytes, kLine) : allocate_huge_pages(bytes));
  }
  void deallocate(T* memory, std::size_t count) {
    count * sizeof(T) < kLarge ? ::operator delete(memory, kLine) : free_huge_pages(memory);
  }
  template <class U>
  bool operator==(const PageAllocator<U>&) const {
    return true;
  }
};

template <class T>
using PageVector = std::vector<T, PageAllocator<T>>;

}  // namespace genre
