// The prior of RecVAE: a mixture that remembers where the encoder put a user before. Source: Shenbin, Alekseev,
// Tutubalina, Malykh and Nikolenko, "RecVAE: a New Variational Autoencoder for Top-N Recommendations with Implicit
// Feedback" (WSDM 2020).
#pragma once

#include "genre/neural/gaussian_code.h"

namespace genre::neural {

// In each dimension of a code: standard N(0, 1) + earlier N(as the encoder said before) + wide N(0, e^10), where the
// weights add up to 1 and are those of the authors' program.
struct CompositePrior {
  float standard = 0.15f, earlier = 0.75f, wide = 0.1f;
};

// The sum over rows of log q(code) - log prior(code), for codes (T x D) drawn from q: what estimates the divergence
// where no formula does. Adds `factor` times its gradients by the distributions drawn from; `earlier` stands still. One
// thread.
double composite_divergence(const CompositePrior& prior, const Gaussians& from, const Gaussians& earlier,
                            ConstMatrixView codes, float factor, const GaussianGradients& gradients);

}  // namespace genre::neural
