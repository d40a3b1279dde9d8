#include <cstdio>
#include <map>

#include "genre/lm/catalogue.h"
#include "genre/lm/convert.h"
#include "lm_verbs.h"

namespace genre::app {
namespace {

struct LmConvertArguments {
  std::string model = LmOptions().model, output_path, floats;
};

std::optional<BlockFormat> floats_of(const std::string& name) {
  static const std::map<std::string, BlockFormat> formats = {
      {"f32", BlockFormat::kF32}, {"f16", BlockFormat::kF16}, {"bf16", BlockFormat::kBF16}};
  return name.empty() ? std::nullopt : std::optional(formats.at(name));
}

void convert(const LmConvertArguments& arguments) {
  const Conversion done =
      convert_model(resolve_model(arguments.model), arguments.output_path, floats_of(arguments.floats));
  if (output().json)
    return print_json("lm.convert", {{"model", arguments.model},
                                     {"output", arguments.output_path},
                                     {"architecture", done.architecture},
                                     {"tensors", done.tensors},
                                     {"parameters", done.parameters},
                                     {"bytes_before", done.bytes_before},
                                     {"bytes_after", done.bytes_after}});
  std::printf("%s: %s, %lld tensors, %.1f M parameters, %.1f MB before, %.1f MB after\n", arguments.output_path.c_str(),
              done.architecture.c_str(), static_cast<long long>(done.tensors),
              static_cast<double>(done.parameters) / 1e6, static_cast<double>(done.bytes_before) / 1e6,
              static_cast<double>(done.bytes_after) / 1e6);
}

}  // namespace

void add_lm_convert(CLI::App& parent) {
  auto arguments = std::make_shared<LmConvertArguments>();
  auto* const verb = add_verb(parent, "convert", "a model between a folder (safetensors) and a GGUF file",
                              "  genre lm convert --model FOLDER --output model.gguf\n"
                              "  genre lm convert --model model.gguf --output FOLDER --floats f16\n");
  add_model_option(*verb, arguments->model);
  verb->add_option("--output", arguments->output_path, "file that ends in .gguf, or a new folder")->required();
  verb->add_option("--floats", arguments->floats,
                   "write matrices as f32, f16 or bf16 (default: as they are, blocks as f32)")
      ->check(CLI::IsMember({"f32", "f16", "bf16"}));
  verb->callback([arguments] { convert(*arguments); });
}

}  // namespace genre::app
