// For tests: a small pair network far from the kinks of relu, with vectors, and its formula written out.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "genre/neural/gradient_check_test.h"
#include "genre/neural/pair_network.h"

namespace genre::neural {

struct PairWorld {
  PairWorld(const PairShape& shape, std::int64_t user_count, std::int64_t item_count)
      : network(shape, parameters, random),
        users(random_matrix(user_count, shape.user_vector(), random)),
        items(random_matrix(item_count, shape.item_vector(), random)) {
    for (int i = 0; i < parameters.size(); ++i) {
      fill_normal(parameters.value(i), 0.3, random);
      const auto values = parameters.value(i).row(0);
      for (std::size_t unit = 0; parameters[i].name.ends_with(".bias") && unit < values.size(); ++unit)
        values[unit] = unit % 3 == 0 ? -20.0f : 20.0f;
    }
    network.pack(parameters);
  }

  // Of a pair for each item, as PairNetwork::forward takes them.
  std::vector<float> logits(RandomStream* noise) {
    network.pack(parameters);
    std::vector<float> out(items.rows());
    network.forward(parameters, users, items, noise, pass, out);
    return out;
  }

  double plain_logit(std::int64_t user, std::int64_t item) const {
    const PairShape& shape = network.shape();
    const auto p = users.row(user), q = items.row(item);
    double logit = tensor("bias").data()[0];
    for (std::int64_t d = 0; shape.gmf && d < shape.width; ++d)
      logit += (shape.fields > 0 ? 1.0 : double{tensor("gmf.weight").data()[d]}) * p[d] * q[d];
    if (shape.fields > 0) logit += q[shape.width];
    if (!shape.tower()) return logit;
    const std::int64_t of_p = shape.gmf && shape.fields == 0 ? shape.width : 0,
                       of_q = shape.fields > 0 ? shape.width + 1 : of_p;
    std::vector<double> state;
    for (std::int64_t h = 0; h < shape.hidden[0]; ++h) {
      double sum = tensor("mlp.item.bias").data()[h];
      for (std::int64_t d = 0; d < shape.width; ++d) sum += double{tensor("mlp.user.weight").row(h)[d]} * p[of_p + d];
      for (std::int64_t d = 0; d < shape.width * std::max<std::int64_t>(shape.fields, 1); ++d)
        sum += double{tensor("mlp.item.weight").row(h)[d]} * q[of_q + d];
      state.push_back(std::max(sum, 0.0));
    }
    for (std::size_t l = 1; l < shape.hidden.size(); ++l) {
      const std::string name = "mlp." + std::to_string(l);
      std::vector<double> next;
      for (std::int64_t n = 0; n < shape.hidden[l]; ++n) {
        double sum = tensor(name + ".bias").data()[n];
        for (std::size_t k = 0; k < state.size(); ++k) sum += state[k] * tensor(name + ".weight").row(n)[k];
        next.push_back(std::max(sum, 0.0));
      }
      state = next;
    }
    for (std::size_t k = 0; k < state.size(); ++k) logit += state[k] * tensor("mlp.output").data()[k];
    return logit;
  }

  const Matrix& tensor(const std::string& name) const {
    for (int i = 0; i < parameters.size(); ++i)
      if (parameters[i].name == name) return parameters.value(i);
    ADD_FAILURE() << "no " << name;
    return parameters.value(0);
  }

  RandomStream random{7, "pair world"};
  Parameters parameters;
  PairNetwork network;
  Matrix users, items;
  PairNetwork::Pass pass;
};

inline std::vector<PairShape> pair_shapes() {
  return {{.width = 5, .gmf = true, .hidden = {6, 4}, .dropout = 0.3},
          {.width = 5, .gmf = true, .hidden = {}, .dropout = 0.3},
          {.width = 5, .gmf = false, .hidden = {6}, .dropout = 0.3},
          {.width = 5, .gmf = true, .hidden = {6, 4}, .dropout = 0.3, .fields = 3}};
}

inline std::string name_of_shape(const testing::TestParamInfo<PairShape>& shape) {
  if (shape.param.shared()) return "shared";
  return !shape.param.tower() ? "gmf" : shape.param.gmf ? "both" : "mlp";
}

}  // namespace genre::neural
