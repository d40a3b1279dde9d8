#include "genre/rec/user_encoder.h"

#include <cassert>

namespace genre {
namespace {

struct MeanEncoder : UserEncoderOptions {
  int inner = 256;
  std::string_view name() const override { return "mean"; }
  void fields(config::Fields& f) override {
    f.integer("inner", inner, {.minimum = 1, .maximum = 65536}, "width inside the network behind the mean");
  }
  virtual neural::PooledShape::Weights weights() const { return neural::PooledShape::Weights::kAlike; }
  ReaderPlan reader(std::int64_t width, std::int64_t, double dropout) const override {
    return reader_plan(neural::PooledShape{.width = width, .inner = inner, .weights = weights(), .dropout = dropout});
  }
};

struct AttentionEncoder : MeanEncoder {
  std::string_view name() const override { return "attention"; }
  neural::PooledShape::Weights weights() const override { return neural::PooledShape::Weights::kLearnt; }
};

struct GruEncoder : UserEncoderOptions {
  int layers = 1, inner = 128;
  std::string_view name() const override { return "gru"; }
  void fields(config::Fields& f) override {
    f.integer("layers", layers, {.minimum = 1, .maximum = 16}, "of gated recurrent units");
    f.integer("inner", inner, {.minimum = 1, .maximum = 65536}, "units of a layer");
  }
  ReaderPlan reader(std::int64_t width, std::int64_t, double dropout) const override {
    return reader_plan(neural::RecurrentShape{.width = width, .inner = inner, .layers = layers, .dropout = dropout});
  }
};

struct TransformerEncoder : UserEncoderOptions {
  int layers = 2, heads = 2, inner = 256;
  std::string_view name() const override { return "transformer"; }
  void fields(config::Fields& f) override {
    f.integer("layers", layers, {.minimum = 1, .maximum = 64}, "of the transformer");
    f.integer("heads", heads, {.minimum = 1, .maximum = 64}, "of attention; the factors are a multiple");
    f.integer("inner", inner, {.minimum = 1, .maximum = 65536}, "width inside the feed-forward blocks");
  }
  ReaderPlan reader(std::int64_t width, std::int64_t length, double dropout) const override {
    return reader_plan(neural::TransformerShape{
        .width = width, .inner = inner, .layers = layers, .heads = heads, .positions = length, .dropout = dropout});
  }
};

struct HstuEncoder : UserEncoderOptions {
  int layers = 2, heads = 2;
  std::string_view name() const override { return "hstu"; }
  void fields(config::Fields& f) override {
    f.integer("layers", layers, {.minimum = 1, .maximum = 64}, "of transduction units");
    f.integer("heads", heads, {.minimum = 1, .maximum = 64}, "of attention; the factors are a multiple");
  }
  ReaderPlan reader(std::int64_t width, std::int64_t length, double dropout) const override {
    return reader_plan(
        neural::HstuShape{.width = width, .layers = layers, .heads = heads, .positions = length, .dropout = dropout});
  }
};

}  // namespace

std::vector<config::Alternative> user_encoders() {
  return {
      {"mean", "a mean of the items, then a network", [] { return std::make_shared<MeanEncoder>(); }},
      {"attention", "a mean by learnt weights, then a network", [] { return std::make_shared<AttentionEncoder>(); }},
      {"gru", "gated recurrent units, in the order of events", [] { return std::make_shared<GruEncoder>(); }},
      {"transformer", "self-attention, in the order of events", [] { return std::make_shared<TransformerEncoder>(); }},
      {"hstu", "transduction units, in the order of events", [] { return std::make_shared<HstuEncoder>(); }}};
}

std::shared_ptr<UserEncoderOptions> make_user_encoder(const std::string& name) {
  for (const config::Alternative& one : user_encoders())
    if (one.name == name) return std::dynamic_pointer_cast<UserEncoderOptions>(one.make());
  assert(false);
  return nullptr;
}

}  // namespace genre
