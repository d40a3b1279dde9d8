#include "genre/lm/ensemble.h"

#include <nlohmann/json.hpp>
#include <string>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/shared_folder.h"
#include "genre/lm/model_json.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr const char* kFile = "ensemble.json";
constexpr const char* kFormat = "genre.ensemble/1";

}  // namespace

std::vector<fs::path> ensemble_members(const fs::path& model) {
  if (!fs::exists(model / kFile)) return {model};
  const ModelJson file(model / kFile);
  if (file.text("format", "") != kFormat)
    file.refuse("is not of the format " + std::string(kFormat), "train the ensemble again");
  std::vector<fs::path> out;
  for (const ModelJson& member : file.at("members").elements()) {
    const std::string name = member.text();
    if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos)
      member.refuse("is '" + name + "', wanted the name of a folder beside the file");
    if (fs::exists(model / name / kFile)) member.refuse("is '" + name + "', itself an ensemble");
    out.push_back(model / name);
  }
  if (out.empty()) file.at("members").refuse("is empty", "train the ensemble again");
  return out;
}

void write_ensemble(const fs::path& folder, std::span<const fs::path> members) {
  write_folder_atomic(folder, [&](const fs::path& fresh) {
    nlohmann::ordered_json json = {{"format", kFormat}, {"members", nlohmann::ordered_json::array()}};
    for (std::size_t i = 0; i < members.size(); ++i) {
      const std::string name = "member-" + std::to_string(i);
      share_folder(members[i], fresh / name);
      json["members"].push_back(name);
    }
    write_file_atomic(fresh / kFile, json.dump(2) + "\n");
  });
}

}  // namespace genre
