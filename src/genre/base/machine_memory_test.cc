#include "genre/base/machine_memory.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>

#include "genre/base/process.h"

namespace genre {
namespace {

constexpr std::int64_t kMany = std::int64_t{64} << 20;

TEST(MachineMemory, WhatIsHeldIsResidentUntilItIsLetGo) {
  const std::int64_t before = resident_bytes();
  auto held = std::make_unique<char[]>(kMany);
  std::memset(held.get(), 1, kMany);
  const std::int64_t with = resident_bytes();
  EXPECT_GE(with - before, kMany * 9 / 10);
  held.reset();
  EXPECT_LT(resident_bytes(), with - kMany * 9 / 10);
  EXPECT_GE(peak_resident_bytes(), with * 9 / 10);
}

TEST(MachineMemory, AttainableIsMoreThanIsHeld) { EXPECT_GT(attainable_bytes(), resident_bytes()); }

}  // namespace
}  // namespace genre
