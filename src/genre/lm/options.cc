#include "genre/lm/options.h"

namespace genre {

void LmOptions::fields(config::Fields& f) {
  f.text("model", model, "language model by catalogue name (`genre lm models`) or folder; none: no language model");
  f.choice("precision", precision, {"fp32", "bf16", "int8"}, "of the encoder's weights and products");
  f.text("adapter", adapter,
         "folder of an adapter as PEFT or AdapterHub writes it, or the name of one in the model's folder adapters; it "
         "stands beside the encoder's weights");
  f.integer("maximum_tokens", maximum_tokens, {.minimum = 0},
            "longer texts are cut, special tokens included; 0: the model's own limit");
  f.text(
      "item_prompt", item_prompt,
      "put before the text of an item: auto (as the model's files say), none, a name among its prompts, or text:WORDS");
  f.text("query_prompt", query_prompt, "put before the words of a user, likewise");
}

}  // namespace genre
