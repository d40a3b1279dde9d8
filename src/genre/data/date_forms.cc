#include "genre/data/date_forms.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <tuple>
#include <vector>

#include "genre/base/rfc3339.h"

namespace genre {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"january",   "february", "march",    "april",
                                                      "may",       "june",     "july",     "august",
                                                      "september", "october",  "november", "december"};
constexpr std::array<std::string_view, 7> kWeekdays = {"monday", "tuesday",  "wednesday", "thursday",
                                                       "friday", "saturday", "sunday"};

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string lower(std::string_view word) {
  std::string out(word);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// The place of a name, given whole or by its first three letters; -1 where it is none.
template <std::size_t N>
int name_index(std::string_view word, const std::array<std::string_view, N>& names) {
  const std::string wanted = lower(word);
  const auto* const found = std::find_if(
      names.begin(), names.end(), [&](std::string_view name) { return wanted == name || wanted == name.substr(0, 3); });
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

// One of the three parts of a date.
struct DatePart {
  int number = 0;
  std::size_t digits = 0;  // 0: a month by its name
};

class DateParser {
 public:
  DateParser(std::string_view text, DateOrder order) : text_(text), order_(order) {}

  DateReading parse() {
    if (!weekday() || !date() || !clock() || !text_.empty() || !resolve()) return {std::nullopt, two_readings_};
    using namespace std::chrono;
    const year_month_day day_of_year{year{year_}, month{static_cast<unsigned>(month_)},
                                     std::chrono::day{static_cast<unsigned>(day_)}};
    if (year_ < 1 || !day_of_year.ok()) return {};
    const std::int64_t out =
        static_cast<std::int64_t>(sys_days{day_of_year}.time_since_epoch().count()) * 86'400'000 + within_day_;
    if (out < kEarliestTime || out > kLatestTime) return {};
    return {out, nullptr};
  }

 private:
  std::string_view take(bool (*wanted)(char)) {
    std::size_t length = 0;
    while (length < text_.size() && wanted(text_[length])) ++length;
    const std::string_view out = text_.substr(0, length);
    text_.remove_prefix(length);
    return out;
  }
  bool take_any(std::string_view characters) {
    if (text_.empty() || characters.find(text_.front()) == std::string_view::npos) return false;
    text_.remove_prefix(1);
    return true;
  }
  void skip(std::string_view characters) {
    while (take_any(characters)) {
    }
  }
  // A number of `least` to `most` digits.
  bool number(std::size_t least, std::size_t most, int& out) {
    const std::string_view digits = take(digit);
    out = 0;
    for (const char c : digits.substr(0, most)) out = out * 10 + (c - '0');
    return digits.size() >= least && digits.size() <= most;
  }

  bool weekday() {
    const std::string_view before = text_;
    const std::string_view word = take(letter);
    if (!word.empty() && name_index(word, kWeekdays) >= 0)
      skip(", ");
    else
      text_ = before;
    return true;
  }

  bool clock_is_next() const {
    const std::size_t digits = text_.find_first_not_of("0123456789");
    return digits != std::string_view::npos && digits > 0 && text_[digits] == ':';
  }

  // Three parts, or eight digits. "Jan 31 23:59:59 2024" has its clock before the year.
  bool date() {
    bool named = false;
    char separator = 0;
    while (parts_.size() < 3) {
      if (parts_.size() == 2 && named && clock_is_next()) {
        if (!clock()) return false;
        skip(" ");
      }
      if (text_.empty()) return false;
      if (letter(text_.front())) {
        const int index = name_index(take(letter), kMonths);
        if (index < 0 || named) return false;
        named = true;
        parts_.push_back({index + 1, 0});
      } else {
        const std::string_view rest = text_;
        int value = 0;
        if (!number(1, 8, value)) return false;
        const std::size_t digits = rest.size() - text_.size();
        if (digits == 8 && parts_.empty() && order_ == DateOrder::kYearFirst) {
          parts_ = {{value / 10000, 4}, {value / 100 % 100, 2}, {value % 100, 2}};
          return true;
        }
        if (digits > 4) return false;
        parts_.push_back({value, digits});
      }
      if (parts_.size() == 3) break;
      const bool by_name = named || (!text_.empty() && letter(text_.size() > 1 ? text_[1] : text_[0]));
      if (by_name || (parts_.size() == 1 && !text_.empty() && text_.front() == ' ')) {
        const std::size_t before = text_.size();
        skip(" ,.-/");
        if (text_.size() == before) return false;
      } else {
        if (text_.empty() || (separator != 0 && text_.front() != separator)) return false;
        separator = text_.front();
        if (!take_any("/.-")) return false;
      }
    }
    return named || separator != 0;
  }

  // " 23:59:59.5 +02:00", "T11:59 PM"; nothing is midnight.
  bool clock() {
    if (has_clock_ || text_.empty()) return zone();
    if (take_any("Tt")) {
    } else {
      skip(", ");
    }
    int hour = 0, minute = 0, second = 0, thousandths = 0;
    if (!number(1, 2, hour) || !take_any(":") || !number(2, 2, minute)) return false;
    if (take_any(":") && !number(2, 2, second)) return false;
    if (take_any(".")) {
      const std::string_view digits = take(digit);
      if (digits.empty()) return false;
      for (std::size_t i = 0; i < 3; ++i) thousandths = thousandths * 10 + (i < digits.size() ? digits[i] - '0' : 0);
    }
    if (!half_of_day(hour) || hour > 23 || minute > 59 || second > 60) return false;
    within_day_ += ((hour * 60 + minute) * 60 + std::min(second, 59)) * std::int64_t{1000} + thousandths;
    has_clock_ = true;
    return zone();
  }

  bool half_of_day(int& hour) {
    const std::string_view before = text_;
    skip(" ");
    const std::string word = lower(take(letter));
    if (word != "am" && word != "pm") {
      text_ = before;
      return true;
    }
    if (hour < 1 || hour > 12) return false;
    hour = hour % 12 + (word == "pm" ? 12 : 0);
    return true;
  }

  bool zone() {
    const std::string_view before = text_;
    skip(" ");
    if (text_.empty()) return true;
    if (letter(text_.front())) {
      const std::string word = lower(take(letter));
      return word == "z" || word == "utc" || word == "gmt";
    }
    if (!has_clock_ || (text_.front() != '+' && text_.front() != '-')) {
      text_ = before;
      return true;
    }
    const int sign = text_.front() == '-' ? -1 : 1;
    text_.remove_prefix(1);
    const std::string_view digits = take(digit);
    int hours = 0, minutes = 0;
    if (digits.size() != 2 && digits.size() != 4) return false;
    hours = (digits[0] - '0') * 10 + digits[1] - '0';
    if (digits.size() == 4) minutes = (digits[2] - '0') * 10 + digits[3] - '0';
    if (digits.size() == 2 && take_any(":") && !number(2, 2, minutes)) return false;
    if (hours > 23 || minutes > 59) return false;
    within_day_ -= sign * (hours * 60 + minutes) * std::int64_t{60'000};
    return true;
  }

  bool resolve() {
    const auto& [a, b, c] = std::tie(parts_[0], parts_[1], parts_[2]);
    const auto named = std::find_if(parts_.begin(), parts_.end(), [](const DatePart& p) { return p.digits == 0; });
    if (named != parts_.end()) {
      month_ = named->number;
      std::vector<DatePart> others;
      for (const DatePart& part : parts_)
        if (part.digits > 0) others.push_back(part);
      if (others[0].digits == 4) std::swap(others[0], others[1]);
      if (others[1].digits != 4 || others[0].digits > 2) return false;
      day_ = others[0].number;
      year_ = others[1].number;
      return true;
    }
    if (a.digits == 4 && b.digits <= 2 && c.digits <= 2) {
      year_ = a.number;
      month_ = b.number;
      day_ = c.number;
      return true;
    }
    if (c.digits != 4 || a.digits > 2 || b.digits > 2) return false;
    year_ = c.number;
    bool day_first = order_ == DateOrder::kDayFirst;
    if (order_ == DateOrder::kUnstated || order_ == DateOrder::kYearFirst) {
      if (a.number <= 12 && b.number <= 12 && a.number != b.number) {
        two_readings_ = "day or month first: set date_order";
        return false;
      }
      day_first = a.number > 12;
    }
    day_ = day_first ? a.number : b.number;
    month_ = day_first ? b.number : a.number;
    return true;
  }

  std::string_view text_;
  DateOrder order_;
  std::vector<DatePart> parts_;
  int year_ = 0, month_ = 0, day_ = 0;
  std::int64_t within_day_ = 0;
  bool has_clock_ = false;
  const char* two_readings_ = nullptr;
};

}  // namespace

DateReading parse_date(std::string_view text, DateOrder order) { return DateParser(text, order).parse(); }

}  // namespace genre
