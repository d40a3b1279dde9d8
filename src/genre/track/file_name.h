// Names of files and folders made from names that people chose.
#pragma once

#include <string>
#include <string_view>

namespace genre {

// ASCII letters, digits, '.', '_' and '-' stay, every other byte becomes '-', a leading '.' becomes '-', at most 100
// bytes are kept, and an empty name becomes "unnamed". The result holds no path separator.
std::string safe_file_name(std::string_view name);

}  // namespace genre
