// Light graph convolution: vectors of users and items that take on those of their neighbours, without weights of its
// own. Source: He, Deng, Wang, Li, Zhang and Wang, "LightGCN: Simplifying and Powering Graph Convolution Network for
// Recommendation" (SIGIR 2020).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/linalg/csr.h"

namespace genre::neural {

// A vector for each node of the graph.
struct NodeVectors {
  Matrix users, items;  // U x D, I x D
};
NodeVectors zero_vectors(std::int64_t users, std::int64_t items, std::int64_t width);

// How often each node is used; 0: not at all.
struct NodeUses {
  std::vector<std::int32_t> users, items;  // U, I
};

// The mean of layers 0 to L, of which layer 0 is given and
//
//   layer l of user u = sum over the items i of u of (layer l - 1 of i) / sqrt(degree of u x degree of i)
//
// and the same with users and items swapped. As a matrix over all nodes this is P = (1 + A + ... + A^L) / (L + 1) with
// a symmetric A, so that the gradient of a product with P is another product with P. It is worked out as x + A (x + A
// (x + ...)): one product with A a layer, and no layer is kept. Products read scaled copies of the vectors in panels of
// kPanelColumns columns, small enough for a cache that is near; edges have no weights.
//
// Uses the global pool; the bits do not depend on the number of threads. One call at a time.
class GraphPropagation {
 public:
  // An edge for each entry of `interactions` (U x I), whatever its value; they must outlive this.
  GraphPropagation(const CsrMatrix& interactions, std::int64_t width);

  // out = P x for L >= 1, in the rows that `wanted` uses; others are left as they are. x must not be out.
  void forward(int layers, const NodeVectors& x, const NodeUses& wanted, NodeVectors& out);
  // The same in all rows.
  void forward(int layers, const NodeVectors& x, NodeVectors& out);
  // What each item gives to a user who has it (I x D): row u of P x = (row u of x) / (L + 1) + the sum of these over
  // the items of u, divided by the root of their number. An item without users gives as if it had one.
  Matrix shares_of_items(int layers, const NodeVectors& x);
  // d_x = P d_out for a d_out that is 0 beyond the rows that `given` uses; only those are read.
  void backward(int layers, const NodeVectors& d_out, const NodeUses& given, NodeVectors& d_x);

  static constexpr std::int64_t kPanelColumns = 32;

 private:
  // The nodes of one kind, each with its neighbours of the other kind.
  struct Side {
    std::span<const std::int64_t> offsets;
    std::span<const std::int32_t> neighbours;
    std::vector<float> scale;  // 1 / sqrt(degree), 0 without neighbours
    Matrix panels[2];          // scaled vectors: panel p begins at row_count x p x kPanelColumns
    std::int64_t rows() const { return static_cast<std::int64_t>(scale.size()); }
  };
  // What a layer does for one kind of nodes; uses are null where all rows are meant.
  struct Task {
    Side& own;
    const Side& other;
    const Matrix& x;
    const std::int32_t* given;
    const std::int32_t* wanted;
    Matrix& out;
  };
  // Rows [first, last) of the columns of a panel.
  struct Block {
    std::int64_t column, width, first, last;
  };
  void propagate(int layers, const NodeVectors& x, const NodeUses* given, const NodeUses* wanted, NodeVectors& out);
  void scale(const Task& task, const Block& block) const;
  void layer(const Task& task, int number, int layers, const Block& block) const;
  template <class Body>
  void for_blocks(const Task& users, const Task& items, const Body& body) const;

  std::int64_t width_;
  std::vector<std::int64_t> offsets_of_items_;
  std::vector<std::int32_t> users_of_items_;
  Side users_, items_;
};

}  // namespace genre::neural
