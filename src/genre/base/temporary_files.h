// Files that are not whole yet, beside those that they become (write_file_atomic).
#pragma once

#include <filesystem>

namespace genre {

// ".NAME.tmp-PID-NUMBER" in the folder of `path`, another one with each call. Thread-safe.
std::filesystem::path temporary_beside(const std::filesystem::path& path);

// Removes what processes that were killed left by such names in a folder, where nobody writes now; not a folder that
// was to be replaced and may be the only one (".NAME.tmp-...-old"). What cannot be removed stays.
void remove_temporaries(const std::filesystem::path& folder);

}  // namespace genre
