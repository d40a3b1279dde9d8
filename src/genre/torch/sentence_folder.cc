#include "genre/torch/sentence_folder.h"

#include <string>

namespace genre::trainer {
namespace fs = std::filesystem;
namespace {

bool is_tokenizer_file(const std::string& name) {
  return name.starts_with("tokenizer") || name.starts_with("vocab") || name == "special_tokens_map.json" ||
         name == "merges.txt" || name == "added_tokens.json" || name == "sentencepiece.bpe.model" ||
         name == "spiece.model";
}

}  // namespace

void copy_tokenizer(const fs::path& from, const fs::path& to) {
  for (const auto& entry : fs::directory_iterator(from))
    if (is_tokenizer_file(entry.path().filename().string())) fs::copy_file(entry.path(), to / entry.path().filename());
}

fs::path copy_sentence_files(const fs::path& base, const SentenceConfig& config, const fs::path& folder) {
  const fs::path encoder = (folder / fs::relative(config.encoder.folder, base)).lexically_normal();
  fs::create_directories(encoder);
  copy_tokenizer(config.encoder.folder, encoder);
  for (const fs::path& file : config.files) {
    const fs::path copy = folder / fs::relative(file, base);
    fs::create_directories(copy.parent_path());
    fs::copy_file(file, copy, fs::copy_options::overwrite_existing);
  }
  return encoder;
}

}  // namespace genre::trainer
