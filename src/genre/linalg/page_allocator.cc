#include "genre/linalg/page_allocator.h"

#include <sys/mman.h>

#include <cstdlib>

namespace genre {

void* allocate_huge_pages(std::size_t bytes) {
  constexpr std::size_t kPage = std::size_t{2} << 20;
  const std::size_t whole = (bytes + kPage - 1) / kPage * kPage;
  void* const memory = std::aligned_alloc(kPage, whole);
  if (memory == nullptr || whole < bytes) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  madvise(memory, whole, MADV_HUGEPAGE);  // a refusal costs time only
#endif
  return memory;
}

void free_huge_pages(void* memory) { std::free(memory); }

}  // namespace genre
