#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "genre/base/error.h"
#include "genre/base/utf8.h"
#include "genre/data/column_binding.h"
#include "genre/data/decoded_stream.h"
#include "genre/data/line_reader.h"
#include "genre/data/source_formats.h"

namespace genre {
namespace {

constexpr std::size_t kJsonLinesToJudge = 100;
constexpr std::size_t kMostFields = 1000;  // keys that are data ("fields" by the million) are a mistake worth a message

// Flattens one object into text by key path, without building a document.
class ObjectReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit ObjectReader(bool learn_keys) : learn_keys_(learn_keys) {}

  std::size_t slot(const std::string& path) {
    const auto [at, fresh] = slots_.try_emplace(path, paths_.size());
    if (fresh) {
      paths_.push_back(path);
      texts_.emplace_back();
      given_.push_back(false);
    }
    return at->second;
  }

  // False where the line is not one JSON object; fault() says why.
  bool read(std::string_view line) {
    std::fill(given_.begin(), given_.end(), false);
    path_.clear();
    marks_.clear();
    fault_.clear();
    if (nlohmann::json::sax_parse(line.begin(), line.end(), this)) return true;
    if (fault_.empty()) fault_ = "not valid JSON";
    return false;
  }

  std::optional<std::string_view> text(std::size_t slot) const {
    if (!given_[slot]) return std::nullopt;
    return texts_[slot];
  }
  const std::vector<std::string>& paths() const { return paths_; }
  const std::string& fault() const { return fault_; }

  bool null() override { return inside(); }
  bool boolean(bool value) override { return put(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return put(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return put(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& written) override { return put(written); }
  bool string(string_t& value) override { return put(value); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override {
    marks_.push_back(path_.size());
    return true;
  }
  bool key(string_t& name) override {
    path_.resize(marks_.back());
    if (!path_.empty()) path_ += '.';
    path_ += name;
    return true;
  }
  bool end_object() override {
    path_.resize(marks_.back());
    marks_.pop_back();
    return true;
  }
  bool start_array(std::size_t) override { return inside(); }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    fault_ = fmt::format("not valid JSON at byte {}", position);
    return false;
  }

 private:
  bool inside() {
    if (!marks_.empty()) return true;
    fault_ = "not a JSON object";
    return false;
  }

  bool put(std::string_view value) {
    if (!inside()) return false;
    const auto found = slots_.find(path_);
    if (found == slots_.end() && !learn_keys_) return true;
    const std::size_t at = found == slots_.end() ? slot(path_) : found->second;
    if (given_[at])
      texts_[at] += ", ";
    else
      texts_[at].clear();
    texts_[at] += value;
    given_[at] = true;
    return true;
  }

  bool learn_keys_;
  std::unordered_map<std::string, std::size_t> slots_;
  std::vector<std::string> paths_, texts_;
  std::vector<bool> given_;
  std::string path_, fault_;
  std::vector<std::size_t> marks_;  // length of path_ outside each open object
};

// Keys of the first objects; empty where no line is an object.
std::vector<std::string> keys_in_use(const std::filesystem::path& file, const std::string& encoding) {
  LineReader lines(file, encoding);
  ObjectReader object(/*learn_keys=*/true);
  std::string_view line;
  std::size_t count = 0;
  for (; count < kJsonLinesToJudge && lines.next(line); ++count) {
    if (count == 0 && line.starts_with('[')) {
      throw Error(ErrorCode::kData, "the file is a JSON array; wanted one object a line", "convert it: jq -c '.[]'",
                  {.file = file.string(), .line = 1, .key = {}});
    }
    object.read(line);
  }
  if (count == 0)
    throw Error(ErrorCode::kData, "the file is empty", "check the path", {.file = file.string(), .line = 0, .key = {}});
  return object.paths();
}

}  // namespace

void read_json_rows(const std::filesystem::path& file, const SourceOptions& options, const ColumnRequest& request,
                    const RowSink& sink) {
  const auto known = keys_in_use(file, options.encoding);
  const Place place = {.file = file.string(), .line = 1, .key = {}};
  ObjectReader object(request.all_others);
  std::vector<std::string> roles;
  for (const auto& wanted : request.wanted) {
    if (wanted.column.index) {
      throw Error(ErrorCode::kConfig, fmt::format("the {} column is a number, but JSON lines have names", wanted.role),
                  fmt::format("columns = {{ {} = \"...\" }}", wanted.role),
                  {.file = file.string(), .line = 0, .key = "columns." + wanted.role});
    }
    const bool present = std::find(known.begin(), known.end(), wanted.column.name) != known.end();
    if (!present && !wanted.required) continue;
    if (!present && !known.empty()) throw missing_column(wanted, known, place);
    object.slot(wanted.column.name);
  }
  // Two roles may share a key, so cells are found by slot.
  std::vector<std::size_t> slots;
  for (const auto& wanted : request.wanted) {
    if (!wanted.required && std::find(known.begin(), known.end(), wanted.column.name) == known.end()) continue;
    roles.push_back(wanted.role);
    slots.push_back(object.slot(wanted.column.name));
  }
  const std::string wrong_bytes = "the line is not " + (is_utf8_name(options.encoding) ? "UTF-8" : options.encoding);
  std::size_t named = object.paths().size();

  LineReader lines(file, options.encoding);
  std::string_view line;
  std::vector<std::optional<std::string_view>> cells;
  while (lines.next(line)) {
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    const bool utf8 = valid_utf8(line);
    if (!utf8 || !object.read(line)) {
      sink({.row = lines.number(),
            .roles = roles,
            .cells = {},
            .content = line,
            .fault = utf8 ? std::string_view(object.fault()) : std::string_view(wrong_bytes)});
      continue;
    }
    for (; named < object.paths().size(); ++named) {
      if (named > kMostFields)
        throw Error(ErrorCode::kData, fmt::format("the objects have more than {} keys", kMostFields),
                    "name the wanted ones in columns", {.file = file.string(), .line = lines.number(), .key = {}});
      if (std::find(roles.begin(), roles.end(), object.paths()[named]) != roles.end()) continue;
      roles.push_back(object.paths()[named]);
      slots.push_back(named);
    }
    cells.resize(roles.size());
    for (std::size_t i = 0; i < slots.size(); ++i) cells[i] = object.text(slots[i]);
    sink({.row = lines.number(), .roles = roles, .cells = cells, .content = line, .fault = {}});
  }
}

}  // namespace genre
