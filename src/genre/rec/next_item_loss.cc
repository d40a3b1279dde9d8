#include "genre/rec/next_item_loss.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/linalg/gemm.h"
#include "genre/neural/full_softmax.h"
#include "genre/neural/negative_loss.h"
#include "genre/rec/step_seed.h"

namespace genre {
namespace {

class WholeSoftmaxLoss : public NextItemLoss {
 public:
  void start(std::int64_t, ConstMatrixView vectors, std::span<const std::int32_t>) override { softmax_.pack(vectors); }
  void compare(std::size_t, ConstMatrixView states, std::span<const std::int32_t> wanted, float factor,
               MatrixView d_states, MatrixView d_items) override {
    softmax_.loss(states, wanted, factor, d_states, d_items);
  }

 private:
  neural::FullSoftmax softmax_;
};

class SampledSoftmaxLoss : public NextItemLoss {
 public:
  SampledSoftmaxLoss(int negatives, std::span<const std::int64_t> counts, std::uint64_t seed, int parts)
      : negatives_(negatives), seed_(seed), place_(counts.size()), parts_(parts) {
    const auto all = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
    for (const std::int64_t count : counts) shares_.push_back(static_cast<double>(count) / all);
  }

  void start(std::int64_t step, ConstMatrixView vectors, std::span<const std::int32_t> wanted) override {
    candidates_.assign(wanted.begin(), wanted.end());
    RandomStream random(step_seed(seed_, step), "negatives");
    for (int n = 0; n < negatives_; ++n) candidates_.push_back(static_cast<std::int32_t>(random.below(shares_.size())));
    std::ranges::sort(candidates_);
    const auto repeated = std::ranges::unique(candidates_);
    candidates_.erase(repeated.begin(), repeated.end());
    const double missed = negatives_ * std::log1p(-1 / static_cast<double>(shares_.size() + 1));
    std::vector<float> shift;
    candidate_vectors_ = Matrix(std::ssize(candidates_), vectors.cols());
    for (std::size_t c = 0; c < candidates_.size(); ++c) {
      const std::int32_t item = candidates_[c];
      place_[item] = static_cast<std::int32_t>(c);
      const double chance =
          -std::expm1(static_cast<double>(wanted.size()) * std::log1p(-std::min(shares_[item], 0.999)) + missed);
      shift.push_back(static_cast<float>(-std::log(chance)));
      std::ranges::copy(vectors.row(item), candidate_vectors_.row(static_cast<std::int64_t>(c)).data());
    }
    softmax_.pack(candidate_vectors_, shift);
  }

  void compare(std::size_t number, ConstMatrixView states, std::span<const std::int32_t> wanted, float factor,
               MatrixView d_states, MatrixView d_items) override {
    Part& part = parts_[number];
    part.places.clear();
    for (const std::int32_t item : wanted) part.places.push_back(place_[item]);
    const std::int64_t count = std::ssize(candidates_), width = d_items.cols();
    if (part.d_candidates.rows() < count) part.d_candidates = Matrix(count, width);
    const MatrixView d_candidates{part.d_candidates.data(), count, width};
    std::fill_n(d_candidates.data(), count * width, 0.0f);
    softmax_.loss(states, part.places, factor, d_states, d_candidates);
    for (std::int64_t c = 0; c < count; ++c)
      add_scaled(1, d_candidates.row(c).data(), d_items.row(candidates_[c]).data(), width);
  }

 private:
  struct Part {
    std::vector<std::int32_t> places;  // of what its states foretell, among the candidates
    Matrix d_candidates;
  };
  int negatives_;
  std::uint64_t seed_;
  std::vector<double> shares_;            // of the interactions, by item
  std::vector<std::int32_t> candidates_;  // of the step, ascending
  std::vector<std::int32_t> place_;       // of items among the candidates
  Matrix candidate_vectors_;
  neural::FullSoftmax softmax_;
  std::vector<Part> parts_;
};

class DrawnItemsLoss : public NextItemLoss {
 public:
  DrawnItemsLoss(neural::NegativeLoss loss, int negatives, std::int64_t items, std::uint64_t seed, int parts)
      : loss_(loss), seed_(seed), choices_(parts), others_(items - 1) {
    for (auto& choices : choices_) choices.resize(1 + (others_ > 0 ? negatives : 0));
  }

  void start(std::int64_t step, ConstMatrixView vectors, std::span<const std::int32_t>) override {
    step_ = step;
    vectors_ = vectors;
  }

  void compare(std::size_t part, ConstMatrixView states, std::span<const std::int32_t> wanted, float factor,
               MatrixView d_states, MatrixView d_items) override {
    std::vector<std::int32_t>& choices = choices_[part];
    RandomStream random(step_seed(seed_, step_ * std::ssize(choices_)) + part, "negatives of states");
    for (std::int64_t t = 0; t < states.rows(); ++t) {
      choices[0] = wanted[t];
      for (std::size_t n = 1; n < choices.size(); ++n) {
        const auto drawn = static_cast<std::int32_t>(random.below(others_));
        choices[n] = drawn < wanted[t] ? drawn : drawn + 1;
      }
      loss_({states.row(t).data(), 1, states.cols()}, vectors_, choices, factor,
            {d_states.row(t).data(), 1, states.cols()}, d_items);
    }
  }

 private:
  neural::NegativeLoss loss_;
  std::uint64_t seed_;
  std::vector<std::vector<std::int32_t>> choices_;  // of each part: what a state foretells and what is drawn for it
  std::uint64_t others_;                            // than the item that is foretold
  std::int64_t step_ = 0;
  ConstMatrixView vectors_;
};

class NoLoss : public NextItemLoss {
 public:
  void start(std::int64_t, ConstMatrixView, std::span<const std::int32_t>) override {}
  void compare(std::size_t, ConstMatrixView, std::span<const std::int32_t>, float, MatrixView d_states,
               MatrixView) override {
    std::fill_n(d_states.data(), d_states.rows() * d_states.cols(), 0.0f);
  }
};

}  // namespace

void NextItemLossOptions::fields(config::Fields& f) {
  f.choice(
      "loss", name, {"softmax", "sampled_softmax", "bce", "gbce", "bpr", "none"},
      "what comes next against all items (softmax), those of the step and some more (sampled_softmax), or some that "
      "are drawn for it: binary cross-entropy (bce), calibrated (gbce), or by pairs (bpr); none: only what "
      "feature_loss and contrastive teach");
  f.integer("negatives", negatives, {.minimum = 0, .maximum = 1e6},
            "items that are drawn: for a step of sampled_softmax, for each item that bce, gbce and bpr foretell");
  f.number("calibration", calibration, {.minimum = 0, .maximum = 1},
           "of gbce: 1 makes its probabilities calibrated, 0 leaves bce");
}

void NextItemLossOptions::check() const {
  if (negatives == 0 && name != "softmax" && name != "sampled_softmax" && name != "none")
    throw Error(ErrorCode::kConfig, "the loss " + name + " wants negatives, and model.negatives is 0",
                "set it to 1 or more", {.key = "model.negatives"});
}

std::unique_ptr<NextItemLoss> make_next_item_loss(const NextItemLossOptions& options,
                                                  std::span<const std::int64_t> counts, std::uint64_t seed, int parts) {
  using enum neural::NegativeLoss::Kind;
  if (options.name == "softmax") return std::make_unique<WholeSoftmaxLoss>();
  if (options.name == "sampled_softmax")
    return std::make_unique<SampledSoftmaxLoss>(options.negatives, counts, seed, parts);
  if (options.name == "none") return std::make_unique<NoLoss>();
  const std::int64_t items = std::ssize(counts);
  neural::NegativeLoss loss{options.name == "bpr" ? kPairwise : kBinary};
  if (options.name == "gbce") loss.power = neural::calibrated_power(options.negatives, items, options.calibration);
  return std::make_unique<DrawnItemsLoss>(loss, options.negatives, items, seed, parts);
}

std::int64_t next_item_loss_bytes(const NextItemLossOptions& options, std::int64_t items, std::int64_t width,
                                  std::int64_t foretold, int parts) {
  const bool whole = options.name == "softmax";
  if (!whole && options.name != "sampled_softmax") return 8 * parts * (1 + std::int64_t{options.negatives});
  const std::int64_t candidates = whole ? 0 : std::min<std::int64_t>(foretold + options.negatives, items);
  const std::int64_t logits = std::max(neural::FullSoftmax::kLogitBytes,
                                       4 * neural::FullSoftmax::kFewestRows * ((whole ? items : candidates) + 16));
  return parts * logits + (whole ? 0 : 4 * candidates * width * (parts + 3) + 16 * items + 8 * foretold);
}

}  // namespace genre
