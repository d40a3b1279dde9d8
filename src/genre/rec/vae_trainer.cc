#include "genre/rec/vae_trainer.h"

#include <algorithm>
#include <cmath>

#include "genre/base/error.h"
#include "genre/base/interrupt.h"
#include "genre/base/thread_pool.h"
#include "genre/neural/room.h"
#include "genre/optim/adam.h"
#include "genre/rec/step_seed.h"

namespace genre {
namespace {

constexpr int kRowParts = 4;  // of a step, whatever the number of threads

MatrixView rows_of(Matrix& matrix, std::int64_t first, std::int64_t last) {
  return {matrix.data() + first * matrix.cols(), last - first, matrix.cols()};
}

void for_each_part(const std::function<void(std::size_t)>& body) {
  global_pool().parallel_for(kRowParts, 1, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t p = begin; p < end; ++p) body(p);
  });
}

}  // namespace

VaeTrainer::Learning::Learning(neural::Parameters& all, int parts)
    : parameters(all), gradients(parts, neural::Gradients(all)), optimizer(AdamWOptions().build()) {
  for (int i = 0; i < all.size(); ++i) optimizer->add(all.value(i).rows(), all.value(i).cols());
}

VaeTrainer::VaeTrainer(VaeNetwork& network, const TrainingData& data, VaeTraining how)
    : network_(network),
      histories_(data.interactions),
      seed_(data.seed),
      how_(std::move(how)),
      encoder_items_(network.encoder.items, 1),
      encoder_layers_(network.encoder.layers, kRowParts),
      decoder_layers_(network.decoder.layers, kRowParts),
      decoder_items_(network.decoder.items, 1),
      parts_(kRowParts) {
  for (std::int32_t user = 0; user < histories_.rows; ++user)
    if (!histories_.row_indices(user).empty()) users_.push_back(user);
}

void VaeTrainer::learn(double dropout) { run({.encoder = true, .decoder = true, .dropout = dropout}); }

void VaeTrainer::learn_encoder(double dropout) { run({.encoder = true, .decoder = false, .dropout = dropout}); }

void VaeTrainer::learn_decoder(const neural::Gaussians& of_users) {
  run({.encoder = false, .decoder = true, .of_users = &of_users});
}

void VaeTrainer::run(const Pass& pass) {
  RandomStream random(seed_, "users of pass " + std::to_string(passes_++));
  random.shuffle(std::span(users_));
  const auto batch = static_cast<std::size_t>(how_.batch);
  for (std::size_t first = 0; first < users_.size(); first += batch) {
    throw_if_interrupted();
    step(std::span(users_).subspan(first, std::min(batch, users_.size() - first)), pass);
  }
}

// Makes room for a step and deals its users to the parts.
void VaeTrainer::begin(std::span<const std::int32_t> users) {
  const std::int64_t count = std::ssize(users);
  bags_.resize(users.size());
  targets_.resize(users.size());
  for (std::int64_t b = 0; b < count; ++b) targets_[b] = histories_.row_indices(users[b]);
  for (Matrix* const matrix : {&mean_, &log_variance_, &codes_, &d_mean_, &d_log_variance_, &d_codes_})
    neural::room(*matrix, count, network_.shape().factors);
  neural::room(d_sums_, count, network_.shape().encoder.width);
  for (std::int64_t p = 0; p < kRowParts; ++p)
    parts_[p].first = count * p / kRowParts, parts_[p].last = count * (p + 1) / kRowParts;
}

void VaeTrainer::step(std::span<const std::int32_t> users, const Pass& pass) {
  ++steps_;
  begin(users);
  const std::int64_t count = std::ssize(users), width = network_.state_width();
  const MatrixView states = neural::room(states_, count, width), d_states = neural::room(d_states_, count, width);
  for_each_part([&](std::size_t p) { forward(users, p, pass); });
  const bool behind_items = pass.encoder || network_.shape().decoder_layer;  // something learns there
  network_.likelihood().loss(network_.decoder.items, states, targets_, 1.0f / static_cast<float>(count),
                             behind_items ? d_states : MatrixView{nullptr, 0, width},
                             pass.decoder ? &decoder_items_.gradients.front() : nullptr);
  if (behind_items) for_each_part([&](std::size_t p) { backward(users, p, pass); });
  std::vector<Learning*> learning;
  if (pass.encoder) {
    network_.bag().backward(bags_, rows_of(d_sums_, 0, count), encoder_items_.gradients.front());
    learning.insert(learning.end(), {&encoder_items_, &encoder_layers_});
  }
  if (pass.decoder) learning.insert(learning.end(), {&decoder_layers_, &decoder_items_});
  update(learning);
  if (pass.encoder) network_.pack_encoder();
  if (pass.decoder) network_.pack_decoder();
}

void VaeTrainer::forward(std::span<const std::int32_t> users, std::size_t number, const Pass& pass) {
  Part& part = parts_[number];
  RandomStream random(step_seed(seed_, steps_ * kRowParts) + number, "step");
  if (pass.of_users == nullptr) read(part, pass.dropout, random);
  for (std::int64_t b = part.first; pass.of_users != nullptr && b < part.last; ++b) {
    std::ranges::copy(pass.of_users->mean.row(users[b]), mean_.row(b).data());
    std::ranges::copy(pass.of_users->log_variance.row(users[b]), log_variance_.row(b).data());
  }
  const MatrixView codes = rows_of(codes_, part.first, part.last);
  neural::draw_code({rows_of(mean_, part.first, part.last), rows_of(log_variance_, part.first, part.last)}, random,
                    codes);
  network_.decode(codes, part.pass, rows_of(states_, part.first, part.last));
}

// What the encoder says to the histories of a part, less what is dropped.
void VaeTrainer::read(Part& part, double dropout, RandomStream& random) {
  std::size_t most = 0;
  for (std::int64_t b = part.first; b < part.last; ++b) most += targets_[b].size();
  part.kept.resize(most);
  std::size_t end = 0;
  for (std::int64_t b = part.first; b < part.last; ++b) {
    const std::size_t begin = end;
    for (const std::int32_t item : targets_[b])
      if (dropout == 0 || random.uniform() >= dropout) part.kept[end++] = item;
    bags_[b] = {std::span(part.kept).subspan(begin, end - begin),
                VaeNetwork::bag_of(targets_[b]).scale / static_cast<float>(1 - dropout)};
  }
  network_.encode(std::span(bags_).subspan(part.first, part.last - part.first), part.pass,
                  rows_of(mean_, part.first, part.last), rows_of(log_variance_, part.first, part.last));
}

void VaeTrainer::backward(std::span<const std::int32_t> users, std::size_t number, const Pass& pass) {
  Part& part = parts_[number];
  const auto rows = [&](Matrix& matrix) { return rows_of(matrix, part.first, part.last); };
  const MatrixView codes = rows(codes_), d_codes = rows(d_codes_);
  decoder_layers_.gradients[number].clear();
  network_.decode_backward(codes, part.pass, rows(d_states_), d_codes, decoder_layers_.gradients[number]);
  if (!pass.encoder) return;
  const neural::Gaussians from{rows(mean_), rows(log_variance_)};
  const neural::GaussianGradients gradient{rows(d_mean_), rows(d_log_variance_)};
  neural::code_backward(from, codes, d_codes, gradient);
  how_.divergence(users.subspan(part.first, part.last - part.first), from, codes,
                  1.0f / static_cast<float>(users.size()), gradient);
  encoder_layers_.gradients[number].clear();
  network_.encode_backward({gradient.mean, gradient.log_variance}, part.pass, rows(d_sums_),
                           encoder_layers_.gradients[number]);
}

void VaeTrainer::update(std::span<Learning* const> learning) {
  double squares = 0;
  for (Learning* const some : learning) {
    const double norm = some->norm();
    squares += norm * norm;
  }
  if (!std::isfinite(squares))
    throw Error(ErrorCode::kRuntime, "the gradient of step " + std::to_string(steps_) + " is not finite",
                "lower model.learning_rate", {.key = "model.learning_rate"});
  for (Learning* const some : learning)
    neural::update(some->parameters, some->gradients.front(), *some->optimizer, {.learning_rate = how_.learning_rate});
}

void VaeTrainer::encode(MatrixView mean, MatrixView log_variance) {
  const auto batch = static_cast<std::size_t>(how_.batch);
  for (std::size_t first = 0; first < users_.size(); first += batch) {
    throw_if_interrupted();
    const std::span<const std::int32_t> users =
        std::span(users_).subspan(first, std::min(batch, users_.size() - first));
    begin(users);
    for_each_part([&](std::size_t p) {
      RandomStream nothing(0, "dropped");
      read(parts_[p], /*dropout=*/0, nothing);
      for (std::int64_t b = parts_[p].first; b < parts_[p].last; ++b) {
        std::ranges::copy(mean_.row(b), mean.row(users[b]).data());
        std::ranges::copy(log_variance_.row(b), log_variance.row(users[b]).data());
      }
    });
  }
}

std::int64_t vae_training_bytes(const VaeShape& shape, int batch, const DataSize& size) {
  const std::int64_t width = shape.encoder.width, factors = shape.factors,
                     states = shape.decoder_layer ? width : factors, layers = shape.encoder.layers;
  const std::int64_t of_items = size.items * (width + states + 1) + width,
                     of_layers = (layers - 1) * (width + 1) * width + 2 * layers * width + 2 * factors * (width + 1) +
                                 (shape.decoder_layer ? width * (factors + 1) : 0);
  // Values, moments and gradients; operands of products, in two orders where there are gradients through them.
  const std::int64_t numbers =
      4 * of_items + 2 * size.items * (states + 16) + (5 + kRowParts) * of_layers + 32 * (layers + 4) * width;
  const std::int64_t of_row = 9 * factors + 3 * states + width * (3 * layers + 8) + 64;
  const std::int64_t logits = std::max(neural::MultinomialLikelihood::kLogitBytes,
                                       4 * neural::MultinomialLikelihood::kFewestRows * (size.items + 16));
  return 4 * numbers + 4 * (batch + kRowParts) * of_row + logits + 4 * size.users + 16 * size.interactions +
         16 * size.items + 65536;
}

}  // namespace genre
