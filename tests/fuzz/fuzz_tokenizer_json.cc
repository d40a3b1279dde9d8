// tokenizer.json, and a text that it tokenizes: the input up to its last line, and that line.
#include <fstream>
#include <string>
#include <string_view>

#include "genre/base/error.h"
#include "genre/text/tokenizer.h"
#include "memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fs = std::filesystem;
  static const genre::MemoryFile memory;
  static const fs::path folder = [] {
    const fs::path path = fs::temp_directory_path() / ("fuzz-tokenizer-" + std::to_string(getpid()));
    fs::create_directories(path);
    fs::remove(path / "tokenizer.json");
    fs::create_symlink(memory.path(), path / "tokenizer.json");
    std::atexit([] { fs::remove_all(fs::temp_directory_path() / ("fuzz-tokenizer-" + std::to_string(getpid()))); });
    return path;
  }();
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const auto split = all.rfind('\n');
  const std::string_view json = all.substr(0, split);
  const std::string_view text = split == std::string_view::npos ? "a text, 12" : all.substr(split + 1);
  memory.write(reinterpret_cast<const std::uint8_t*>(json.data()), json.size());
  try {
    const auto tokenizer = genre::load_tokenizer(folder);
    for (const int limit : {0, 1, 2, 5})
      for (const std::int32_t id : tokenizer->encode(text, limit))
        if (id < 0) std::abort();
  } catch (const genre::Error&) {
  }
  return 0;
}
