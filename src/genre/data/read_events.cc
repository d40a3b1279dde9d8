#include "genre/data/read_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "genre/base/error.h"
#include "genre/base/text_distance.h"
#include "genre/data/cell_text.h"
#include "genre/data/event_roles.h"
#include "genre/data/row_rules.h"
#include "genre/data/source_audit.h"
#include "genre/data/source_rows.h"
#include "genre/data/timestamp.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMostTypes = 256;  // Interactions::type is a byte

// Of each event type: what one event weighs and which column values it.
struct TypeReading {
  float weight = 1;
  EventRole value_from = kValue;
  bool needs_value = false;  // an empty value is a fault; views and clicks in one file with ratings leave it empty
};

// Reads the rows of one source into the columns.
class EventReader {
 public:
  EventReader(const DataOptions& options, EventRead& out, RejectedRows& rejected)
      : options_(options), out_(out), rejected_(rejected), rules_(options.clean) {
    for (const auto& [name, type] : options.events) {
      out_.types.push_back(name);
      const EventRole from = type.weight_from == "dwell"       ? kDwell
                             : type.weight_from == "sentiment" ? kSentiment
                                                               : kValue;
      types_.push_back({static_cast<float>(type.weight), from, name == "rating" || from != kValue});
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
    time_ = TimeReader(source.time_unit, source.date_order);
    catalogue_ = source.catalogue;
    part_ = source.part == "test" ? 2 : source.part == "valid" ? 1 : 0;
    listed_ = source.format == "lists";
    SourceAudit audit(rejected_, options_.clean.maximum_rejected);
    for (const auto& file : source_files(source, base_folder)) {
      bound_ = false;
      read_rows(file, source, request, [&](const SourceRow& row) { take(file, row, audit); });
    }
    rows_ += audit.rows();
    readable_ += audit.readable();
    audit.finish();
  }

  void finish() {
    // Mixing would compare clocks with row numbers.
    if (timed_rows_ > 0 && untimed_rows_ > 0)
      throw Error(ErrorCode::kConfig, "some sources have a time column and some have none",
                  "name the time column of every source, or of none",
                  {.file = untimed_file_.string(), .line = 0, .key = "data.interactions.columns.time"});
    out_.has_time = timed_rows_ > 0;
    out_.has_order = out_.has_time || unordered_rows_ == 0;
    out_.steps = {{"invalid", rows_, readable_}};
    for (auto& step : rules_.steps(readable_)) out_.steps.push_back(std::move(step));
  }

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

  void bind(const fs::path& file, const SourceRow& row) {
    if (bound_) return;
    bound_ = true;
    slots_.fill(-1);
    std::array<bool, kEventRoles> has{};
    for (std::size_t i = 0; i < row.roles.size(); ++i) {
      const auto found = std::find(kEventRoleNames.begin(), kEventRoleNames.end(), row.roles[i]);
      if (found == kEventRoleNames.end()) continue;
      slots_[static_cast<std::size_t>(found - kEventRoleNames.begin())] = static_cast<int>(i);
      has[static_cast<std::size_t>(found - kEventRoleNames.begin())] = true;
    }
    rules_.check_columns(has, file.string());
  }
  bool has(EventRole role) const { return slots_[role] >= 0; }

  // The value of the event, and its dwell time if it has one.
  bool read_value(const TypeReading& type, const fs::path& file, float& value, std::optional<float>& dwell) {
    if (has(type.value_from)) {
      const std::string_view text = cells_[type.value_from];
      if (!text.empty() || type.needs_value) {
        const auto number = parse_float(text);
        if (!number) return fail(number_fault(kEventRoleNames[type.value_from], text));
        value = *number;
      }
    } else if (type.value_from != kValue) {
      const char* const role = kEventRoleNames[type.value_from];
      throw Error(ErrorCode::kConfig, fmt::format("weight_from = \"{0}\" needs a {0} column", role),
                  fmt::format("name it: columns = {{ {} = ... }}", role),
                  {.file = file.string(), .line = 0, .key = fmt::format("data.interactions.columns.{}", role)});
    }
    if (!has(kDwell) || cells_[kDwell].empty()) return true;
    dwell = parse_float(cells_[kDwell]);
    if (!dwell) return fail(number_fault("dwell", cells_[kDwell]));
    return *dwell >= 0 || fail(fmt::format("dwell {} is negative", *dwell));
  }

  bool fail(std::string reason) {
    reason_ = std::move(reason);
    return false;
  }

  bool read_type(std::uint8_t& type) {
    if (!has(kType)) return true;
    const auto found = type_number(cells_[kType]);
    if (found) type = *found;
    return found || fail(cells_[kType].empty() ? "type is missing"
                                               : unknown_type(cells_[kType]) + ": " + nearest_type(cells_[kType]));
  }

  bool read_weight(float& weight) {
    if (!has(kWeight)) return true;
    const auto number = parse_float(cells_[kWeight]);
    if (number) weight = *number;
    return number || fail(number_fault("weight", cells_[kWeight]));
  }

  bool read_time(std::optional<std::int64_t>& time) {
    if (!has(kTime)) return true;
    time = time_.read(cells_[kTime]);
    return time || fail(time_.fault(cells_[kTime]));
  }

  void take(const fs::path& file, const SourceRow& row, SourceAudit& audit) {
    audit.count();
    if (!row.fault.empty()) return audit.reject(file, row, std::string(row.fault));
    bind(file, row);
    std::array<bool, kEventRoles> filled{};
    for (std::size_t role = 0; role < kEventRoles; ++role) {
      if (slots_[role] < 0) continue;
      cells_[role] = trimmed(row.cells[static_cast<std::size_t>(slots_[role])].value_or(""));
      filled[role] = !cells_[role].empty();
    }
    const std::string_view user_id = id_in_catalogue(catalogue_, cells_[kUser], user_room_),
                           item_id = id_in_catalogue(catalogue_, cells_[kItem], item_room_);
    // Ids that came before are known to be ones.
    std::optional<std::int32_t> user = out_.users.find(user_id), item = out_.items.find(item_id);
    if (!user && !valid_id(user_id)) return audit.reject(file, row, id_fault("user", user_id));
    if (!item && !valid_id(item_id)) return audit.reject(file, row, id_fault("item", item_id));
    if (rules_.drop_unfilled(filled, reason_)) return rejected_.add(file, row.row, reason_, row.content);

    std::uint8_t type = *source_type_;
    if (!read_type(type)) return audit.reject(file, row, reason_);
    float value = 1, weight = types_[type].weight;
    std::optional<float> dwell;
    std::optional<std::int64_t> time;
    if (!read_value(types_[type], file, value, dwell) || !read_weight(weight) || !read_time(time))
      return audit.reject(file, row, reason_);
    if (rules_.drop(value, time, dwell, reason_)) return rejected_.add(file, row.row, reason_, row.content);
    if (!user) user = out_.users.intern(user_id);
    if (!item) item = out_.items.intern(item_id);
    if (!time) time = position(file, *user);
    timed_rows_ += has(kTime);
    EventColumns& events = out_.events;
    events.user.push_back(*user);
    events.item.push_back(*item);
    events.value.push_back(value);
    events.weight.push_back(weight);
    events.time.push_back(*time);
    events.type.push_back(type);
    events.part.push_back(part_);
  }

  // What stands for the time of a row without one.
  std::int64_t position(const fs::path& file, std::int32_t user) {
    if (untimed_rows_++ == 0) untimed_file_ = file;
    if (!listed_) return ++unordered_rows_, out_.events.size();
    if (static_cast<std::size_t>(user) >= positions_.size())
      positions_.resize(static_cast<std::size_t>(user) + 1 + positions_.size() / 2);
    return positions_[static_cast<std::size_t>(user)]++;
  }

  const DataOptions& options_;
  EventRead& out_;
  RejectedRows& rejected_;
  RowRules rules_;
  std::vector<TypeReading> types_;
  std::vector<std::int64_t> positions_;  // of each user's next listed item
  std::int64_t rows_ = 0, readable_ = 0, timed_rows_ = 0, untimed_rows_ = 0, unordered_rows_ = 0;
  fs::path untimed_file_;
  std::string reason_;  // why the last row was dropped
  // of the source and file being read
  std::optional<std::uint8_t> source_type_;
  TimeReader time_;
  std::string_view catalogue_;
  std::string user_room_, item_room_;
  std::uint8_t part_ = 0;
  bool listed_ = false, bound_ = false;
  std::array<int, kEventRoles> slots_{};
  std::array<std::string_view, kEventRoles> cells_;  // of the row, trimmed
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
  reader.finish();
  return out;
}

}  // namespace genre
