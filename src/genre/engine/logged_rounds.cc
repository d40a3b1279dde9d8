#include "genre/engine/logged_rounds.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "genre/base/error.h"
#include "genre/base/text_distance.h"
#include "genre/base/utf8.h"
#include "genre/data/cell_text.h"
#include "genre/data/source_rows.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr double kSumTolerance = 1e-3;
constexpr std::string_view kTargetPrefix = "target.";
const std::vector<std::string> kRequired = {"action", "reward", "propensity"};
const std::vector<std::string> kOptional = {"user", "target", "q_hat", "dm", "candidates"};

SourceOptions source_of(const fs::path& file) {
  SourceOptions out;
  out.path = file.string();
  fs::path name = file.filename();
  if (name.extension() == ".gz" || name.extension() == ".zst") name = name.stem();
  const std::string ending = name.extension().string();
  if (ending == ".jsonl" || ending == ".ndjson" || ending == ".json") out.format = "jsonl";
  if (ending == ".parquet") out.format = "parquet";
  if (ending == ".tsv") out.delimiter = "\t";
  return out;
}

ColumnRequest request_of(const LoggedColumns& columns) {
  ColumnRequest request;
  std::vector<std::string> roles = kRequired;
  roles.insert(roles.end(), kOptional.begin(), kOptional.end());
  for (const auto& [role, name] : columns.names) {
    if (std::find(roles.begin(), roles.end(), role) != roles.end()) continue;
    const auto nearest = nearest_name(role, roles);
    throw Error(
        ErrorCode::kUsage, fmt::format("a log has no column for '{}'", role),
        nearest ? fmt::format("did you mean '{}'?", *nearest) : fmt::format("it has {}", fmt::join(roles, ", ")));
  }
  for (const auto& role : roles) {
    const auto named = columns.names.find(role);
    const bool required =
        named != columns.names.end() || std::find(kRequired.begin(), kRequired.end(), role) != kRequired.end();
    request.wanted.push_back(
        {role, {.index = {}, .name = named != columns.names.end() ? named->second : role}, required});
  }
  for (const auto& name : columns.features)
    request.wanted.push_back({"features." + name, {.index = {}, .name = name}, true});
  request.all_others = true;  // target.ACTION
  return request;
}

class LogReader {
 public:
  LogReader(fs::path file, std::size_t features) : file_(std::move(file)), width_(features) {}

  void add(const SourceRow& row) {
    row_ = row.row;
    if (!row.fault.empty()) fail("", std::string(row.fault));
    if (row.roles.size() != roles_) learn(row.roles);
    LoggedRound round;
    round.reward = number(row, "reward");
    round.propensity = number(row, "propensity");
    if (out_.has_target) round.target = number(row, "target");
    if (out_.has_q_hat) round.q_hat = number(row, "q_hat");
    if (out_.has_dm) round.dm = number(row, "dm");
    out_.action.push_back(out_.actions.intern(id(row, "action")));
    if (has_user_) out_.user.push_back(out_.users.intern(id(row, "user")));
    for (std::size_t c = 0; c < width_; ++c) {
      out_.features.push_back(number_of(cell(row, features_[c].second), features_[c].first));
      if (!std::isfinite(out_.features.back())) fail(features_[c].first, "wanted a finite number");
    }
    if (has_candidates_) add_candidates(row);
    if (!targets_.empty()) round.target = add_targets(row, round);
    if (const auto fault = round_fault(round); !fault.empty()) fail("", fault);
    out_.rounds.push_back(round);
    out_.line.push_back(row.row);
  }

  LoggedRounds finish() {
    if (out_.rounds.empty())
      throw Error(ErrorCode::kData, "the log has no round", "there is nothing to evaluate on",
                  {.file = file_.string()});
    out_.has_target = out_.has_target || !targets_.empty();
    return std::move(out_);
  }

 private:
  [[noreturn]] void fail(const std::string& column, const std::string& fault) const {
    throw Error(ErrorCode::kData, fault, "every round counts in the estimate: mend or remove the row",
                {.file = file_.string(), .line = row_, .key = column});
  }

  // Roles only grow, so what was found stays where it is.
  void learn(std::span<const std::string> roles) {
    const bool first = roles_ == 0, without_targets = targets_.empty();
    for (std::size_t i = roles_; i < roles.size(); ++i) {
      at_.emplace(roles[i], i);
      if (roles[i].starts_with("features.") && features_.size() < width_)
        features_.emplace_back(roles[i].substr(9), i);
      else if (roles[i].starts_with(kTargetPrefix) && roles[i].size() > kTargetPrefix.size())
        targets_.emplace_back(out_.actions.intern(std::string_view(roles[i]).substr(kTargetPrefix.size())), i);
    }
    roles_ = roles.size();
    if (!first && without_targets && !targets_.empty())
      fail(roles.back(), "the rows before have no target probabilities of single actions");
    if (!first) return;
    out_.has_target = at_.contains("target");
    out_.has_q_hat = at_.contains("q_hat");
    out_.has_dm = at_.contains("dm");
    has_user_ = at_.contains("user");
    has_candidates_ = at_.contains("candidates");
    if (has_candidates_) out_.candidate_offsets = {0};
    if (!targets_.empty()) out_.target_offsets = {0};
  }

  static std::string_view cell(const SourceRow& row, std::size_t at) {
    return at < row.cells.size() && row.cells[at] ? trimmed(*row.cells[at]) : std::string_view();
  }
  std::string_view cell(const SourceRow& row, const char* role) const { return cell(row, at_.at(role)); }

  double number(const SourceRow& row, const char* role) const { return number_of(cell(row, role), role); }

  double number_of(std::string_view text, const std::string& column) const {
    if (text == "true") return 1;
    if (text == "false") return 0;
    const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size())
      fail(column, text.empty()
                       ? fmt::format("{} is empty, wanted a number", column)
                       : fmt::format("{} is \"{}\", wanted a number", column, printable_utf8(text.substr(0, 40))));
    return value;
  }

  std::string_view id(const SourceRow& row, const char* role) const {
    const std::string_view text = cell(row, role);
    if (const auto fault = id_fault(role, text); !fault.empty()) fail(role, fault);
    return text;
  }

  void add_candidates(const SourceRow& row) {
    std::string_view list = cell(row, "candidates");
    const auto first = static_cast<std::ptrdiff_t>(out_.candidates.size());
    while (!list.empty()) {
      const std::size_t comma = std::min(list.find(','), list.size());
      const std::string_view one = trimmed(list.substr(0, comma));
      if (const auto fault = id_fault("candidate", one); !fault.empty()) fail("candidates", fault);
      out_.candidates.push_back(out_.actions.intern(one));
      list.remove_prefix(std::min(comma + 1, list.size()));
    }
    const auto begin = out_.candidates.begin() + first;
    std::sort(begin, out_.candidates.end());
    out_.candidates.erase(std::unique(begin, out_.candidates.end()), out_.candidates.end());
    if (!std::binary_search(out_.candidates.begin() + first, out_.candidates.end(), out_.action.back()))
      fail("candidates", "the logged action is not among the candidates");
    out_.candidate_offsets.push_back(static_cast<std::int64_t>(out_.candidates.size()));
  }

  // Returns the probability of the logged action.
  double add_targets(const SourceRow& row, const LoggedRound& round) {
    double sum = 0, logged = 0;
    for (const auto& [action, at] : targets_) {
      const std::string_view text = cell(row, at);
      if (text.empty()) continue;
      const double probability = number_of(text, row.roles[at]);
      if (!(probability >= 0 && probability <= 1))
        fail(row.roles[at], fmt::format("a target probability is {}, wanted 0 to 1", probability));
      sum += probability;
      if (action == out_.action.back()) logged = probability;
      if (probability == 0) continue;
      out_.target_actions.push_back(action);
      out_.target_probabilities.push_back(probability);
    }
    if (std::abs(sum - 1) > kSumTolerance)
      fail("target", fmt::format("the target probabilities of the round add up to {:.6g}, wanted 1", sum));
    if (out_.has_target && std::abs(logged - round.target) > kSumTolerance)
      fail("target", fmt::format("target is {}, but the column of the logged action says {}", round.target, logged));
    out_.target_offsets.push_back(static_cast<std::int64_t>(out_.target_actions.size()));
    return logged;
  }

  fs::path file_;
  std::size_t width_, roles_ = 0;
  std::int64_t row_ = 0;
  bool has_user_ = false, has_candidates_ = false;
  std::map<std::string, std::size_t, std::less<>> at_;         // role to cell
  std::vector<std::pair<std::string, std::size_t>> features_;  // column, cell
  std::vector<std::pair<std::int32_t, std::size_t>> targets_;  // action, cell
  LoggedRounds out_;
};

}  // namespace

LoggedRounds read_logged_rounds(const fs::path& file, const LoggedColumns& columns) {
  const ColumnRequest request = request_of(columns);
  const SourceOptions source = source_of(file);
  std::error_code error;
  if (!fs::exists(file, error))
    throw Error(ErrorCode::kNotFound, "there is no such log", "check the path", {.file = file.string()});
  LogReader reader(file, columns.features.size());
  try {
    read_rows(file, source, request, [&](const SourceRow& row) { reader.add(row); });
  } catch (const Error& e) {
    if (e.code() != ErrorCode::kConfig || !e.place().key.starts_with("columns.")) throw;
    // The configuration's way to name columns is not that of this log.
    const std::string role = e.place().key.substr(8), found = e.hint().substr(0, e.hint().find("columns = {"));
    const bool feature = role.starts_with("features.");
    throw Error(ErrorCode::kUsage, e.message(), found + (feature ? "--features NAME" : "--column " + role + "=NAME"),
                {.file = file.string(), .line = 0, .key = role});
  }
  return reader.finish();
}

}  // namespace genre
