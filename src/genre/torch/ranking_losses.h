// Losses of the scores of one query's candidates, given what is known of each: a number, the higher the better.
#pragma once

#include <torch/types.h>

namespace genre::trainer {

// scores and labels: C, fp32. Each is a graph of the scores.

// Cross-entropy from the labels, made a distribution (negative ones count as 0), to the softmax of the scores; all
// labels 0: uniform. Source: Cao et al., "Learning to Rank: From Pairwise Approach to Listwise Approach" (2007), with
// ListNet's exponential of the labels left out, so that a binary label means what it says.
torch::Tensor listwise_loss(const torch::Tensor& scores, const torch::Tensor& labels);

// Mean over pairs with different labels of log(1 + exp(-(better - worse))); 0 without such a pair. Source: Burges et
// al., "Learning to Rank using Gradient Descent" (2005).
torch::Tensor pairwise_loss(const torch::Tensor& scores, const torch::Tensor& labels);

// Minus the label that is to be expected when one candidate is drawn from the softmax of the scores: the reward of a
// policy whose satisfaction with every candidate was observed. Its gradient for score i is
// -p_i (label_i - expected).
torch::Tensor satisfaction_loss(const torch::Tensor& scores, const torch::Tensor& labels);

}  // namespace genre::trainer
