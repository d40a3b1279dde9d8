#include "genre/linalg/page_allocator.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <list>

namespace genre {
namespace {

TEST(PageAllocator, MemoryOfEverySizeBeginsWithACacheLine) {
  std::list<PageVector<std::byte>> kept;  // so that no two share a place
  for (const std::size_t bytes : {1u, 48u, 100u, 4096u, 100'000u, (4u << 20) - 1, 4u << 20, (5u << 20) + 1}) {
    kept.emplace_back(bytes);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(kept.back().data()) % 64, 0u) << bytes;
  }
}

}  // namespace
}  // namespace genre
