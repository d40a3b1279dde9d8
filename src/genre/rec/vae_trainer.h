// Training of variational autoencoders of histories, both sides at once or one at a time.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "genre/rec/recommender.h"
#include "genre/rec/vae_network.h"

namespace genre {

// What pulls the codes of these users (B of them) towards a prior: adds `factor` times its gradients by the
// distributions that the codes were drawn from.
using CodeDivergence =
    std::function<void(std::span<const std::int32_t> users, const neural::Gaussians& from, ConstMatrixView codes,
                       float factor, const neural::GaussianGradients& gradients)>;

struct VaeTraining {
  int batch = 256;  // users of a step
  double learning_rate = 0.001;
  CodeDivergence divergence;  // called for several users at once, by several threads
};

// Minimises, by Adam with its own moments for each side, the mean over users of
//
//   -(the sum over the history of log softmax(scores of a code drawn)[item]) + divergence
//
// The result does not depend on the number of threads. No step holds B x I of anything. Uses the global pool.
class VaeTrainer {
 public:
  // Both outlive this.
  VaeTrainer(VaeNetwork& network, const TrainingData& data, VaeTraining how);

  // One pass over the users in an order of its own, in which both sides learn, or one. The encoder sees histories less
  // the share that is dropped; where it does not learn, codes are drawn from what encode() gave. Throw
  // Error(kInterrupted), and Error(kRuntime) naming the step whose gradient is not finite.
  void learn(double dropout);
  void learn_encoder(double dropout);
  void learn_decoder(const neural::Gaussians& of_users);

  // The distributions of the codes of all users, as the encoder is now: U x D. Users without a history keep what is
  // there.
  void encode(MatrixView mean, MatrixView log_variance);

 private:
  // Tensors that learn together, with their gradients: in parts, or one of the whole batch.
  struct Learning {
    Learning(neural::Parameters& all, int parts);
    double norm() { return neural::sum_gradients(gradients); }
    neural::Parameters& parameters;
    std::vector<neural::Gradients> gradients;
    std::unique_ptr<Optimizer> optimizer;
  };
  // One part of a step: rows [first, last) of the batch.
  struct Part {
    VaeNetwork::Pass pass;
    std::vector<std::int32_t> kept;  // items of its bags
    std::int64_t first = 0, last = 0;
  };

  // What happens in the steps of a pass.
  struct Pass {
    bool encoder, decoder;  // learns
    double dropout = 0;
    const neural::Gaussians* of_users = nullptr;  // what codes are drawn from, in place of what the encoder says
  };

  void run(const Pass& pass);
  void begin(std::span<const std::int32_t> users);
  void step(std::span<const std::int32_t> users, const Pass& pass);
  void forward(std::span<const std::int32_t> users, std::size_t number, const Pass& pass);
  void read(Part& part, double dropout, RandomStream& random);
  void backward(std::span<const std::int32_t> users, std::size_t number, const Pass& pass);
  void update(std::span<Learning* const> learning);

  VaeNetwork& network_;
  const CsrMatrix& histories_;
  std::uint64_t seed_;
  VaeTraining how_;
  std::vector<std::int32_t> users_;  // those with a history
  Learning encoder_items_, encoder_layers_, decoder_layers_, decoder_items_;
  std::vector<Part> parts_;
  std::vector<neural::Bag> bags_;                       // of the step
  std::vector<std::span<const std::int32_t>> targets_;  // of the step
  Matrix mean_, log_variance_, codes_, states_;         // B x D, B x D, B x D, B x S
  Matrix d_mean_, d_log_variance_, d_codes_, d_states_, d_sums_;
  std::int64_t steps_ = 0, passes_ = 0;
};

// The most bytes of a network and its training, beside the input. `shape` but for the number of items.
std::int64_t vae_training_bytes(const VaeShape& shape, int batch, const DataSize& size);

}  // namespace genre
