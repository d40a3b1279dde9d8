#include "genre/finetune/translation.h"

#include <algorithm>
#include <sstream>
#include <string_view>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/process.h"
#include "genre/base/sha256.h"

namespace genre {
namespace {

constexpr const char* kKey = "finetune.augmentation.translate";

std::vector<std::string> words_of(const std::string& command) {
  std::istringstream in(command);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return out;
}

std::string run_command(const std::string& command, const std::string& input) {
  const std::vector<std::string> arguments = words_of(command);
  if (arguments.empty()) throw Error(ErrorCode::kConfig, "a command of the translation is empty", "", {.key = kKey});
  ProcessResult result = run_filter(arguments, input);
  if (result.exit_code == 127)
    throw Error(ErrorCode::kDependency, "the program '" + arguments[0] + "' is not here",
                "install it, or correct the command", {.key = kKey});
  if (result.exit_code != 0)
    throw Error(ErrorCode::kDependency, "'" + command + "' ended with code " + std::to_string(result.exit_code),
                "try it in a terminal: it reads lines and writes as many", {.key = kKey});
  return std::move(result.output);
}

}  // namespace

std::vector<std::string> translated(std::span<const std::string> texts, std::span<const std::string> commands) {
  std::string lines, identity;
  for (std::string text : texts) {
    std::ranges::replace_if(
        text, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    lines += text + "\n";
  }
  for (const std::string& command : commands) identity += command + "\n";
  const auto kept = cache_folder() / "translations" / (sha256_hex(identity + "\n" + lines) + ".txt");
  if (std::filesystem::exists(kept)) return lines_of(read_file(kept));
  for (const std::string& command : commands) {
    lines = run_command(command, lines);
    const auto count = static_cast<std::size_t>(std::ranges::count(lines, '\n')) + (lines.ends_with('\n') ? 0 : 1);
    if (count != texts.size())
      throw Error(
          ErrorCode::kData,
          "'" + command + "' wrote " + std::to_string(count) + " lines for " + std::to_string(texts.size()) + " texts",
          "it must translate line by line, as in \"apertium -f line -u eng-spa\"", {.key = kKey});
  }
  write_file_atomic(kept, lines);
  return lines_of(lines);
}

}  // namespace genre
