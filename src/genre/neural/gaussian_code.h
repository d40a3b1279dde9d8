// Codes drawn from normal distributions that an encoder names, and what pulls those towards a prior. Source: Kingma and
// Welling, "Auto-Encoding Variational Bayes" (ICLR 2014).
#pragma once

#include "genre/base/random.h"
#include "genre/linalg/matrix.h"

namespace genre::neural {

// Normal distributions, T x D numbers each: independent in all dimensions.
struct Gaussians {
  ConstMatrixView mean, log_variance;
};

struct GaussianGradients {
  MatrixView mean, log_variance;
};

// z (T x D) = mean + e^(log_variance / 2) noise, the noise drawn (the reparametrisation of the paper). One thread.
void draw_code(const Gaussians& from, RandomStream& random, MatrixView z);

// The gradients become those for the gradient `dz` of z, drawn from these.
void code_backward(const Gaussians& from, ConstMatrixView z, ConstMatrixView dz, const GaussianGradients& gradients);

// The sum over rows of KL(these, standard normal); adds `factor` times its gradients.
double standard_divergence(const Gaussians& from, float factor, const GaussianGradients& gradients);

}  // namespace genre::neural
