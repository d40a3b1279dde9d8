#include "genre/lm/options.h"

namespace genre {

void LmOptions::fields(config::Fields& f) {
  f.text("model", model, "language model by catalogue name (`genre lm models`) or folder; none: no language model");
  f.choice("precision", precision, {"fp32", "bf16", "int8"}, "of the encoder's weights and products");
  f.integer("maximum_tokens", maximum_tokens, {.minimum = 0},
            "longer texts are cut, special tokens included; 0: the model's own limit");
}

}  // namespace genre
