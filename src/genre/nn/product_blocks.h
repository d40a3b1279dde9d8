// How the products of nn go over the global pool. Private to nn.
#pragma once

#include <algorithm>
#include <cstdint>

#include "genre/base/thread_pool.h"

namespace genre::nn {

// Calls body(m0, m1, p0, p1) for blocks of rows [m0, m1) and panels [p0, p1) that cover `rows` and `panels`: rows whose
// inputs stay in the L2 cache with all panels or, where rows are few, with some.
template <class Body>
void for_each_block(std::int64_t rows, std::int64_t panels, Body body) {
  constexpr std::int64_t kRows = 96, kPanels = 4;
  const std::int64_t row_blocks = (rows + kRows - 1) / kRows;
  const std::int64_t panel_step = row_blocks >= 2 * global_pool().threads() ? panels : kPanels;
  const std::int64_t panel_blocks = (panels + panel_step - 1) / std::max<std::int64_t>(panel_step, 1);
  global_pool().parallel_for(
      static_cast<std::size_t>(row_blocks * panel_blocks), 1, [&](std::size_t begin, std::size_t end, int) {
        for (auto task = static_cast<std::int64_t>(begin); task < static_cast<std::int64_t>(end); ++task) {
          const std::int64_t m = task / panel_blocks * kRows, p = task % panel_blocks * panel_step;
          body(m, std::min(m + kRows, rows), p, std::min(p + panel_step, panels));
        }
      });
}

}  // namespace genre::nn
