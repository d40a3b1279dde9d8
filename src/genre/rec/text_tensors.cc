#include "genre/rec/text_tensors.h"

#include <fmt/format.h>

#include "genre/base/error.h"

namespace genre {

void add_text(SafetensorsWriter& out, const std::string& name, const std::string& text) {
  out.add(name, std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()), {std::ssize(text)});
}

std::string read_text(const SafetensorsFile& in, const std::string& name) {
  const auto bytes = in.values<std::uint8_t>(name, {-1});
  return {bytes.begin(), bytes.end()};
}

void add_opened_model(SafetensorsWriter& out, const std::string& name, const OpenedModel& model) {
  add_text(out, name, model.name());
  add_text(out, name + "_id", model.id());
}

void require_same_model(const SafetensorsFile& in, const std::string& name, std::string_view what,
                        const OpenedModel& model) {
  if (model.id() == read_text(in, name + "_id")) return;
  throw Error(ErrorCode::kData,
              fmt::format("the {} '{}' is not the one that the model was trained with", what, model.name()),
              fmt::format("train the model again, or bring the {} back", what), {.file = in.path().string()});
}

}  // namespace genre
