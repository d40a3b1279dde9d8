// Models that answer together: a folder with the file ensemble.json, which names the folders of its members beside it.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

namespace genre {

// The folders of the models that answer together in `model`: itself unless it is an ensemble. Throws Error(kData) for
// a file that names no member, or none that lies in the folder.
std::vector<std::filesystem::path> ensemble_members(const std::filesystem::path& model);

// Makes `folder`, whole or not at all, of the folders of its members, in this order, as member-0, member-1, ...
// Files are shared with them where the disk allows it (hard links), so that they take no room twice. Throws
// Error(kResources).
void write_ensemble(const std::filesystem::path& folder, std::span<const std::filesystem::path> members);

}  // namespace genre
