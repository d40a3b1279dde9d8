#include "genre/data/read_events.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "genre/base/log.h"
#include "genre/base/text_distance.h"
#include "genre/data/source_rows.h"
#include "genre/data/timestamp.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kLongestId = 256;
constexpr std::size_t kMostTypes = 256;  // Interactions::type is a byte
enum Role : std::size_t { kUser, kItem, kValue, kTime, kType, kWeight, kRoles };
constexpr std::array<const char*, kRoles> kRoleNames = {"user", "item", "value", "time", "type", "weight"};

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

// Why `id` cannot be one; empty where it can.
std::string id_fault(std::string_view role, std::string_view id) {
  if (id.empty()) return fmt::format("{} is missing", role);
  if (id.size() > kLongestId)
    return fmt::format("{} is {} bytes long, at most {} are allowed", role, id.size(), kLongestId);
  for (const char c : id)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return fmt::format("{} has a control character", role);
  return {};
}

// Counts the rows of one source and remembers the first that was rejected.
class SourceAudit {
 public:
  SourceAudit(RejectedRows& rejected, double maximum) : rejected_(rejected), maximum_(maximum) {}

  void reject(const fs::path& file, const SourceRow& row, const std::string& reason) {
    if (++bad_ == 1) {
      first_ = {.file = file.string(), .line = row.row, .key = {}};
      reason_ = reason;
    }
    rejected_.add(file, row.row, reason, row.content);
  }
  void count() { ++rows_; }
  std::int64_t readable() const { return rows_ - bad_; }
  std::int64_t rows() const { return rows_; }

  void finish() {
    if (bad_ == 0) return;
    const std::string said = fmt::format("{} of {} rows cannot be used; the first: {}", bad_, rows_, reason_);
    if (static_cast<double>(bad_) > maximum_ * static_cast<double>(rows_)) {
      const fs::path path = rejected_.finish();
      throw Error(ErrorCode::kData, said,
                  (path.empty() ? "" : fmt::format("{} lists them all; ", path.string())) +
                      "check format, delimiter, encoding and columns, or raise data.clean.maximum_rejected",
                  first_);
    }
    log_warning(fmt::format("{} at {}:{}", said, first_.file, first_.line));
  }

 private:
  RejectedRows& rejected_;
  double maximum_;
  std::int64_t rows_ = 0, bad_ = 0;
  Place first_;
  std::string reason_;
};

ColumnRequest event_columns(const InteractionSourceOptions& source, const std::string& key) {
  static const std::vector<std::string> kKnown = {"user", "item", "value", "time", "type", "weight", "session"};
  const bool atomic = source.format == "atomic";
  const std::array<const char*, kRoles> defaults =
      atomic ? std::array<const char*, kRoles>{"user_id", "item_id", "rating", "timestamp", "type", "weight"}
             : kRoleNames;
  ColumnRequest out;
  for (std::size_t role = 0; role < kRoles; ++role) {
    const auto given = source.columns.find(kRoleNames[role]);
    const bool needed = role == kUser || role == kItem;
    if (given != source.columns.end())
      out.wanted.push_back({kRoleNames[role], given->second, true});
    else if (needed || source.columns.empty())
      out.wanted.push_back({kRoleNames[role], {std::nullopt, defaults[role]}, needed});
  }
  for (const auto& [role, column] : source.columns) {
    if (std::find(kKnown.begin(), kKnown.end(), role) != kKnown.end()) continue;
    const auto nearest = nearest_name(role, kKnown);
    throw Error(
        ErrorCode::kConfig, fmt::format("interactions have no '{}'", role),
        nearest ? fmt::format("did you mean '{}'?", *nearest) : fmt::format("one of {}", fmt::join(kKnown, ", ")),
        {.file = {}, .line = 0, .key = key + ".columns." + role});
  }
  return out;
}

// Reads the rows of one source into the columns.
class EventReader {
 public:
  EventReader(const DataOptions& options, EventRead& out, RejectedRows& rejected)
      : options_(options), out_(out), rejected_(rejected) {
    for (const auto& [name, type] : options.events) {
      out_.types.push_back(name);
      type_weights_.push_back(static_cast<float>(type.weight));
    }
    if (out_.types.size() > kMostTypes)
      throw Error(ErrorCode::kConfig,
                  fmt::format("there are {} event types, at most {} are allowed", out_.types.size(), kMostTypes), "",
                  {.file = {}, .line = 0, .key = "data.events"});
  }

  void read(const InteractionSourceOptions& source, const std::string& key, const fs::path& base_folder) {
    const ColumnRequest request = event_columns(source, key);
    source_type_ = type_number(source.type);
    if (!source_type_)
      throw Error(ErrorCode::kConfig, unknown_type(source.type), nearest_type(source.type),
                  {.file = {}, .line = 0, .key = key + ".type"});
    unit_ = time_unit(source.time_unit);
    part_ = source.part == "test" ? 2 : source.part == "valid" ? 1 : 0;
    listed_ = source.format == "lists";
    SourceAudit audit(rejected_, options_.clean.maximum_rejected);
    for (const auto& file : source_files(source, base_folder)) {
      bound_ = false;
      read_rows(file, source, request, [&](const SourceRow& row) { take(file, row, audit); });
    }
    out_.rows += audit.rows();
    out_.readable += audit.readable();
    audit.finish();
  }

  // True where every row has a time; mixing would compare clocks with row numbers.
  bool all_timed() const {
    if (timed_rows_ > 0 && untimed_rows_ > 0) {
      throw Error(ErrorCode::kConfig, "some sources have a time column and some have none",
                  "name the time column of every source, or of none",
                  {.file = untimed_file_.string(), .line = 0, .key = "data.interactions.columns.time"});
    }
    return timed_rows_ > 0;
  }
  bool all_listed() const { return unordered_rows_ == 0; }

 private:
  std::optional<std::uint8_t> type_number(std::string_view name) const {
    const auto found = std::lower_bound(out_.types.begin(), out_.types.end(), name);
    if (found == out_.types.end() || *found != name) return std::nullopt;
    return static_cast<std::uint8_t>(found - out_.types.begin());
  }
  static std::string unknown_type(std::string_view name) { return fmt::format("event type '{}' is not known", name); }
  std::string nearest_type(std::string_view name) const {
    const auto nearest = nearest_name(name, out_.types);
    return nearest ? fmt::format("did you mean '{}'?", *nearest) : fmt::format("add [data.events.{}]", name);
  }

  void bind(const SourceRow& row) {
    if (bound_) return;
    bound_ = true;
    slots_.fill(-1);
    for (std::size_t i = 0; i < row.roles.size(); ++i) {
      const auto found = std::find(kRoleNames.begin(), kRoleNames.end(), row.roles[i]);
      if (found != kRoleNames.end()) slots_[static_cast<std::size_t>(found - kRoleNames.begin())] = static_cast<int>(i);
    }
  }
  bool has(Role role) const { return slots_[role] >= 0; }
  std::string_view cell(const SourceRow& row, Role role) const {
    return trimmed(row.cells[static_cast<std::size_t>(slots_[role])].value_or(""));
  }

  // A finite float; `fault` says why not.
  float number(std::string_view text, std::string_view role, std::string& fault) const {
    double number = 0;
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty())
      fault = fmt::format("{} is missing", role);
    else if (error == std::errc::invalid_argument || end != text.data() + text.size())
      fault = fmt::format("{} '{}' is not a number", role, text);
    else if (error != std::errc{} || !(std::abs(number) <= std::numeric_limits<float>::max()))
      fault = fmt::format("{} '{}' is not finite", role, text);
    return fault.empty() ? static_cast<float>(number) : 0;
  }

  void take(const fs::path& file, const SourceRow& row, SourceAudit& audit) {
    audit.count();
    if (!row.fault.empty()) return audit.reject(file, row, std::string(row.fault));
    bind(row);
    const std::string_view user = cell(row, kUser), item = cell(row, kItem);
    std::string fault = id_fault("user", user);
    if (fault.empty()) fault = id_fault("item", item);

    std::uint8_t type = *source_type_;
    if (fault.empty() && has(kType)) {
      const std::string_view name = cell(row, kType);
      const auto found = type_number(name);
      if (found)
        type = *found;
      else
        fault = name.empty() ? "type is missing" : unknown_type(name) + ": " + nearest_type(name);
    }
    float value = 1, weight = type_weights_[type];
    if (fault.empty() && has(kValue)) {
      const std::string_view text = cell(row, kValue);
      // Views and clicks in one file with ratings leave the value empty.
      if (!text.empty() || out_.types[type] == "rating") value = number(text, "value", fault);
    }
    if (fault.empty() && has(kWeight)) weight = number(cell(row, kWeight), "weight", fault);
    std::int64_t time = 0;
    if (fault.empty() && has(kTime)) {
      const std::string_view text = cell(row, kTime);
      const bool date = text.size() > 4 && text[4] == '-';
      if (const auto parsed = parse_time(text, date ? TimeUnit::kRfc3339 : unit_))
        time = *parsed;
      else
        fault = text.empty() ? "time is missing" : fmt::format("time '{}' cannot be read", text);
    }
    if (!fault.empty()) return audit.reject(file, row, fault);

    const auto& clean = options_.clean;
    if ((clean.minimum_value && value < *clean.minimum_value) ||
        (clean.maximum_value && value > *clean.maximum_value)) {
      rejected_.add(file, row.row, fmt::format("value {} is out of range", value), row.content);
      return;
    }
    ++out_.in_range;
    EventColumns& events = out_.events;
    const std::int32_t user_number = out_.users.intern(user);
    if (has(kTime)) {
      ++timed_rows_;
    } else {
      if (untimed_rows_++ == 0) untimed_file_ = file;
      time = listed_ ? next_position(user_number) : events.size();
      if (!listed_) ++unordered_rows_;
    }
    events.user.push_back(user_number);
    events.item.push_back(out_.items.intern(item));
    events.value.push_back(value);
    events.weight.push_back(weight);
    events.time.push_back(time);
    events.type.push_back(type);
    events.part.push_back(part_);
  }

  std::int64_t next_position(std::int32_t user) {
    if (static_cast<std::size_t>(user) >= positions_.size())
      positions_.resize(static_cast<std::size_t>(user) + 1 + positions_.size() / 2);
    return positions_[static_cast<std::size_t>(user)]++;
  }

  const DataOptions& options_;
  EventRead& out_;
  RejectedRows& rejected_;
  std::vector<float> type_weights_;
  std::vector<std::int64_t> positions_;  // of each user's next listed item
  std::int64_t timed_rows_ = 0, untimed_rows_ = 0, unordered_rows_ = 0;
  fs::path untimed_file_;
  // of the source and file being read
  std::optional<std::uint8_t> source_type_;
  TimeUnit unit_ = TimeUnit::kSeconds;
  std::uint8_t part_ = 0;
  bool listed_ = false, bound_ = false;
  std::array<int, kRoles> slots_{};
};

}  // namespace

EventRead read_events(const DataOptions& options, const fs::path& base_folder, RejectedRows& rejected) {
  if (options.interactions.empty())
    throw Error(ErrorCode::kConfig, "there is no source of interactions", "add [[data.interactions]] with a path",
                {.file = {}, .line = 0, .key = "data.interactions"});
  EventRead out;
  EventReader reader(options, out, rejected);
  for (std::size_t i = 0; i < options.interactions.size(); ++i)
    reader.read(options.interactions[i], fmt::format("data.interactions[{}]", i), base_folder);
  out.has_time = reader.all_timed();
  out.has_order = out.has_time || reader.all_listed();
  return out;
}

FieldRead read_fields(const std::vector<SourceOptions>& sources, std::string_view table, const fs::path& base_folder,
                      double maximum_rejected, RejectedRows& rejected) {
  FieldRead out;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const SourceOptions& source = sources[i];
    if (source.format == "lists")
      throw Error(ErrorCode::kConfig, fmt::format("{} cannot be lists", table), "use csv, jsonl, parquet or atomic",
                  {.file = {}, .line = 0, .key = fmt::format("data.{}[{}].format", table, i)});
    ColumnRequest request;
    const auto id = source.columns.find("id");
    const std::string default_id = source.format == "atomic" ? (table == "items" ? "item_id" : "user_id") : "id";
    request.wanted.push_back(
        {"id", id == source.columns.end() ? config::ColumnRef{std::nullopt, default_id} : id->second, true});
    for (const auto& [field, column] : source.columns)
      if (field != "id") request.wanted.push_back({field, column, true});
    request.all_others = source.columns.empty();

    SourceAudit audit(rejected, maximum_rejected);
    for (const auto& file : source_files(source, base_folder)) {
      std::vector<std::vector<std::string>*> targets;  // of each role; fields are made as they appear
      read_rows(file, source, request, [&](const SourceRow& row) {
        audit.count();
        if (!row.fault.empty()) return audit.reject(file, row, std::string(row.fault));
        for (std::size_t role = targets.size(); role < row.roles.size(); ++role)
          targets.push_back(role == 0 ? nullptr : &out.fields[row.roles[role]]);
        const std::string_view name = trimmed(row.cells[0].value_or(""));
        if (const std::string fault = id_fault("id", name); !fault.empty()) return audit.reject(file, row, fault);
        const auto number = static_cast<std::size_t>(out.ids.intern(name));
        for (std::size_t role = 1; role < row.cells.size(); ++role) {
          const std::string_view text = trimmed(row.cells[role].value_or(""));
          if (text.empty()) continue;
          if (targets[role]->size() <= number) targets[role]->resize(number + 1);
          (*targets[role])[number] = text;
        }
      });
    }
    audit.finish();
  }
  for (auto& [name, values] : out.fields) values.resize(static_cast<std::size_t>(out.ids.size()));
  return out;
}

}  // namespace genre
