// A folder whose files are those of another one.
#pragma once

#include <filesystem>

namespace genre {

// Puts what is in the folder `from` into `to`, files as hard links where the disk allows it, so that they take no room
// twice. Throws std::filesystem::filesystem_error, as write_folder_atomic expects of what fills a folder.
void share_folder(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace genre
