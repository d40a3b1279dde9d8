// Binary cross-entropy of logits: how well they tell what happened from what did not.
#pragma once

#include <span>

namespace genre::neural {

// The sum over t of -ln sigma(logit t) where labels[t] is 1, of -ln sigma(-logit t) where it is 0. d_logits (T) becomes
// `factor` times its gradient, factor (sigma(logit) - label), and may be the same memory as the logits. One thread.
double binary_cross_entropy(std::span<const float> logits, std::span<const float> labels, float factor,
                            std::span<float> d_logits);
// The same where every label is this one.
double binary_cross_entropy(std::span<const float> logits, float label, float factor, std::span<float> d_logits);

}  // namespace genre::neural
