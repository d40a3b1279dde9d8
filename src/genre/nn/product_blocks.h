// How the products of nn go over the global pool. Private to nn.
#pragma once

#include <algorithm>
#include <cstdint>

#include "genre/base/thread_pool.h"
#include "genre/linalg/gemm.h"
#include "genre/linalg/matrix.h"
#include "genre/linalg/tile_rows.h"
#include "genre/nn/product_tile.h"

namespace genre::nn {

// Calls body(m, p, tile) for tiles of up to kRows rows from m on and one panel p of `nr` columns, which together cover
// y: as even blocks of rows whose inputs stay in the L2 cache with all panels or, where rows are few, with some.
template <class Body>
void for_each_tile(MatrixView y, std::int64_t nr, const Epilogue& epilogue, Body body) {
  constexpr std::int64_t kRows = 192, kPanels = 4;
  if (y.rows() == 0) return;
  const std::int64_t rows = linalg::tile_rows(y.rows(), kRows);
  const std::int64_t panels = (y.cols() + nr - 1) / nr, row_blocks = (y.rows() + rows - 1) / rows;
  const int threads = global_pool().threads();
  const std::int64_t panel_step = row_blocks >= 2 * threads ? panels : linalg::even_step(panels, kPanels, threads);
  const std::int64_t panel_blocks = (panels + panel_step - 1) / std::max<std::int64_t>(panel_step, 1);
  const auto work = [&](std::size_t begin, std::size_t end, int) {
    alignas(64) float bias[64] = {};
    for (auto task = static_cast<std::int64_t>(begin); task < static_cast<std::int64_t>(end); ++task) {
      const std::int64_t m = task / panel_blocks * rows, first = task % panel_blocks * panel_step;
      for (std::int64_t p = first; p < std::min(first + panel_step, panels); ++p) {
        const std::int64_t column = p * nr, at = m * y.cols() + column;
        const int cols = static_cast<int>(std::min(nr, y.cols() - column));
        if (epilogue.bias != nullptr) std::copy_n(epilogue.bias + column, cols, bias);
        body(m, p,
             ProductTile{y.data() + at, y.cols(), static_cast<int>(std::min(rows, y.rows() - m)), cols, bias,
                         epilogue.activation, epilogue.residual == nullptr ? nullptr : epilogue.residual + at});
      }
    }
  };
  global_pool().parallel_for(static_cast<std::size_t>(row_blocks * panel_blocks), 1, work);
}

}  // namespace genre::nn
