// Vectors as sums of entries of codebooks, in which each level stands for what those before leave over. Sources:
// Zeghidour et al., "SoundStream: An End-to-End Neural Audio Codec" (2021); Lee et al., "Autoregressive Image
// Generation using Residual Quantization" (CVPR 2022); the loss of each level as van den Oord et al., "Neural Discrete
// Representation Learning" (NeurIPS 2017).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "genre/linalg/gemm.h"
#include "genre/neural/parameters.h"

namespace genre::neural {

struct ResidualQuantiserShape {
  std::int64_t width = 32;   // D, of the vectors
  int levels = 3;            // L
  std::int64_t codes = 256;  // C, of each level
  double commitment = 0.25;  // weight of what draws vectors to their entries
};

// r_1 = z; code_l = the entry e_l of codebook l that is nearest to r_l, the first of equals; r_(l+1) = r_l - e_l. The
// quantised vector is e_1 + ... + e_L. One thread at a time packs or changes codebooks; any number may compute.
class ResidualQuantiser {
 public:
  // Adds NAME.0, ..., NAME.(L-1) (C x D each), zeros.
  ResidualQuantiser(const ResidualQuantiserShape& shape, Parameters& parameters, const std::string& name);

  // Codebooks from k-means (Lloyd 1982) of what is left over at each level of the rows of z (N x D, N at least C).
  void start(ConstMatrixView z, Parameters& parameters, RandomStream& random);
  // Entries that are nearest to no row of z (N x D, N above 0) become what is left over of a row that is drawn. Packed
  // before, not after. Returns how many there were.
  std::int64_t restart_unused(ConstMatrixView z, Parameters& parameters, RandomStream& random) const;

  // Takes the codebooks over as they are now; before the first pass and after each change.
  void pack(const Parameters& parameters);

  // What is known of T vectors, in memory that the next pass uses again.
  struct Pass {
    std::vector<std::int32_t> codes;  // T x L
    std::vector<Matrix> left;         // of each level, T x D: r_(l+1)
    Matrix quantised;                 // T x D
  };
  // Of z (T x D). One thread each.
  void forward(const Parameters& parameters, ConstMatrixView z, Pass& pass) const;

  // The sum over the first `rows` vectors of the pass and the levels of
  //
  //   |held(r_l) - e_l|^2 + commitment |r_l - held(e_l)|^2
  //
  // where what is held has no gradient, and r_l is z minus entries that are held.
  double loss(const Pass& pass, std::int64_t rows) const;
  // Adds `factor` times the loss's gradient to those of the codebooks and to d_z (T x D), which comes as the gradient
  // of the quantised vectors and passes straight through to z.
  void backward(const Pass& pass, float factor, MatrixView d_z, Gradients& gradients) const;

  const ResidualQuantiserShape& shape() const { return shape_; }

 private:
  // The nearest entries of a level (T).
  void nearest(int level, ConstMatrixView r, std::int32_t* codes, std::int64_t stride) const;
  void pack_level(int level, const Parameters& parameters);

  ResidualQuantiserShape shape_;
  int first_;                              // number of the first codebook
  std::vector<PackedMatrix> packed_;       // of each level, D x C
  std::vector<std::vector<float>> shift_;  // of each level, C: -|e|^2 / 2
};

}  // namespace genre::neural
