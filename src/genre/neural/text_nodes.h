// What the nodes of a graph of interactions are before anything spreads over it, where nothing is known of items but
// their text, and nothing of users but their items. Source: Sheng et al., "Language Representations Can be What
// Recommenders Need: Findings and Potentials" (ICLR 2025).
#pragma once

#include <span>
#include <vector>

#include "genre/linalg/csr.h"
#include "genre/neural/graph_propagation.h"
#include "genre/neural/linear.h"

namespace genre::neural {

// The vector of text x is second(leaky_relu(first(x))), that of a user the same of the mean text of the user's items.
// As first is linear, users are means of what it makes of items: I H P + N H products in place of (I + U) H P.
//
// Uses the global pool; the bits do not depend on the number of threads. One call at a time.
class TextNodes {
 public:
  static constexpr float kLeak = 0.01f;  // what a number below 0 is multiplied by
  static constexpr int kParts = 4;       // whatever the number of threads

  // Adds its tensors, drawn from `random`: first (H x P) and second (D x H), each with a bias. Item i is row i of
  // `text` (I x P, which must outlive this), and a user has the items of a row of `interactions` (U x I), whatever its
  // values.
  TextNodes(const CsrMatrix& interactions, ConstMatrixView text, std::int64_t hidden, std::int64_t width,
            Parameters& parameters, RandomStream& random);

  // Vectors (D) of all nodes; users without items have that of a text of zeros.
  void forward(const Parameters& parameters, NodeVectors& out);
  // Adds to the gradients of the weights for those of the vectors of the last pass, a part each.
  void backward(const NodeVectors& d_out, std::vector<Gradients>& parts);

  // What first makes of items (I x H) in the last pass, before the activation.
  const Matrix& item_sums() const { return sums_.items; }

  // leaky_relu in place. Thread-safe; one thread.
  static void activate(std::span<float> sums);

 private:
  ConstMatrixView text_;
  CsrMatrix by_user_, by_item_;  // 1 / (items of the user), U x I and I x U
  Linear first_, second_;
  NodeVectors sums_, states_, d_sums_;  // before and after the activation
};

}  // namespace genre::neural
