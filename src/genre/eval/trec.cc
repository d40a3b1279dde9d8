#include "genre/eval/trec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/linalg/top_k.h"

namespace genre {
namespace {

constexpr std::string_view kBlanks = " \t\r\v\f";

std::string_view checked_id(std::string_view id, std::string_view what) {
  if (id.empty() || id.find_first_of(" \t\r\n\v\f") != std::string_view::npos)
    throw Error(ErrorCode::kData,
                fmt::format("{} id \"{}\" is empty or holds white space, which a TREC file cannot carry", what, id),
                "give the export ids without white space");
  return id;
}

struct Line {
  std::string_view query, item;
  float score = 0;
  std::int64_t rank = 0;
};

struct Source {
  std::string file;
  std::int64_t line = 0;
};

[[noreturn]] void bad_line(const Source& at, const std::string& message, const std::string& hint) {
  throw Error(ErrorCode::kData, message, hint, {.file = at.file, .line = at.line});
}

template <std::size_t N>
std::array<std::string_view, N> split_columns(std::string_view text, const Source& at, const std::string& wanted) {
  std::array<std::string_view, N> out;
  std::size_t count = 0;
  for (std::size_t begin = text.find_first_not_of(kBlanks); begin != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kBlanks, begin), text.size());
    if (count < N) out[count] = text.substr(begin, end - begin);
    ++count;
    begin = text.find_first_not_of(kBlanks, end);
  }
  if (count != N) bad_line(at, fmt::format("wanted {} columns, found {}", N, count), "a line is \"" + wanted + "\"");
  return out;
}

template <class Number>
Number parse_number(std::string_view text, const Source& at, std::string_view what) {
  Number value{};
  const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || stop != text.data() + text.size())
    bad_line(at, fmt::format("{} \"{}\" is no number", what, text), "");
  return value;
}

template <class Parse>
std::vector<Line> parse_lines(std::string_view text, const std::filesystem::path& path, const Parse& parse) {
  std::vector<Line> out;
  Source at{path.string(), 0};
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    ++at.line;
    begin = end + 1;
    if (line.find_first_not_of(kBlanks) != std::string_view::npos) out.push_back(parse(line, at));
  }
  return out;
}

Line parse_ranking(std::string_view text, const Source& at) {
  const auto columns = split_columns<6>(text, at, "query Q0 item rank score tag");
  const Line line{columns[0], columns[2], parse_number<float>(columns[4], at, "score"),
                  parse_number<std::int64_t>(columns[3], at, "rank")};
  if (std::isnan(line.score)) bad_line(at, "score is NaN", "");
  return line;
}

Line parse_judgement(std::string_view text, const Source& at) {
  const auto columns = split_columns<4>(text, at, "query 0 item relevance");
  return {columns[0], columns[2], parse_number<float>(columns[3], at, "relevance"), 0};
}

std::vector<std::string> distinct(std::vector<std::string_view> ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return {ids.begin(), ids.end()};
}

std::int32_t position(const std::vector<std::string>& ids, std::string_view id) {
  return static_cast<std::int32_t>(std::lower_bound(ids.begin(), ids.end(), id) - ids.begin());
}

struct Entry {
  std::int32_t query, item;
  float score;
  std::int64_t rank;
};

// Entries by query and item; a pair given twice is a fault of the file.
std::vector<Entry> numbered(const std::vector<Line>& lines, const TrecFiles& ids, const std::filesystem::path& path) {
  std::vector<Entry> out;
  out.reserve(lines.size());
  for (const Line& line : lines)
    out.push_back({position(ids.queries, line.query), position(ids.items, line.item), line.score, line.rank});
  std::sort(out.begin(), out.end(),
            [](const Entry& a, const Entry& b) { return a.query != b.query ? a.query < b.query : a.item < b.item; });
  for (std::size_t i = 1; i < out.size(); ++i)
    if (out[i].query == out[i - 1].query && out[i].item == out[i - 1].item)
      throw Error(ErrorCode::kData,
                  fmt::format("query {} has item {} twice", ids.queries[out[i].query], ids.items[out[i].item]),
                  "keep one line", {.file = path.string()});
  return out;
}

std::vector<std::int64_t> offsets_of(const std::vector<Entry>& entries, std::size_t queries) {
  std::vector<std::int64_t> out(queries + 1, 0);
  for (const Entry& entry : entries) ++out[entry.query + 1];
  for (std::size_t q = 0; q < queries; ++q) out[q + 1] += out[q];
  return out;
}

}  // namespace

void write_rankings(const std::filesystem::path& path, const Rankings& rankings, const ExternalId& query,
                    const ExternalId& item, std::string_view tag) {
  std::string out;
  for (std::int64_t q = 0; q < rankings.queries(); ++q) {
    float ceiling = std::numeric_limits<float>::infinity();
    for (std::int64_t i = rankings.offsets[q]; i < rankings.offsets[q + 1]; ++i) {
      const float score =
          std::min(rankings.scores[i], std::nextafter(ceiling, -std::numeric_limits<float>::infinity()));
      ceiling = score;
      fmt::format_to(std::back_inserter(out), "{} Q0 {} {} {} {}\n", checked_id(query(q), "query"),
                     checked_id(item(rankings.items[i]), "item"), i - rankings.offsets[q] + 1, score,
                     checked_id(tag, "tag"));
    }
  }
  write_file_atomic(path, out);
}

void write_judgements(const std::filesystem::path& path, const Judgements& judgements, const ExternalId& query,
                      const ExternalId& item) {
  std::string out;
  for (std::int64_t q = 0; q + 1 < static_cast<std::int64_t>(judgements.offsets.size()); ++q)
    for (const std::int32_t relevant : judgements.relevant(q))
      fmt::format_to(std::back_inserter(out), "{} 0 {} 1\n", checked_id(query(q), "query"),
                     checked_id(item(relevant), "item"));
  write_file_atomic(path, out);
}

TrecFiles read_trec(const std::filesystem::path& rankings, const std::filesystem::path& judgements) {
  const std::string rankings_text = read_file(rankings), judgements_text = read_file(judgements);
  const auto ranked = parse_lines(rankings_text, rankings, parse_ranking);
  const auto judged = parse_lines(judgements_text, judgements, parse_judgement);

  TrecFiles out;
  std::vector<std::string_view> queries, items;
  for (const auto* lines : {&ranked, &judged}) {
    for (const Line& line : *lines) {
      queries.push_back(line.query);
      items.push_back(line.item);
    }
  }
  out.queries = distinct(std::move(queries));
  out.items = distinct(std::move(items));

  auto entries = numbered(ranked, out, rankings);
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    if (a.query != b.query) return a.query < b.query;
    return a.score != b.score ? a.score > b.score : a.rank < b.rank;
  });
  out.rankings.offsets = offsets_of(entries, out.queries.size());
  for (const Entry& entry : entries) {
    out.rankings.items.push_back(entry.item);
    out.rankings.scores.push_back(entry.score);
  }

  auto relevant = numbered(judged, out, judgements);
  for (std::size_t q = 0; q < out.queries.size(); ++q) {
    const auto query = static_cast<std::int32_t>(q);
    const auto before = [](const Entry& a, const Entry& b) {
      return a.query != b.query ? a.query < b.query : a.item < b.item;
    };
    for (std::int64_t i = out.rankings.offsets[q]; i < out.rankings.offsets[q + 1]; ++i) {
      const Entry wanted{query, out.rankings.items[i], 0, 0};
      const auto found = std::lower_bound(relevant.begin(), relevant.end(), wanted, before);
      const bool known = found != relevant.end() && found->query == query && found->item == wanted.item;
      out.listed.scores.push_back(out.rankings.scores[i]);
      out.listed.labels.push_back(known ? found->score : 0);
      if (!known) continue;
      out.judged.scores.push_back(out.rankings.scores[i]);
      out.judged.labels.push_back(found->score);
    }
    for (ScoredPairs* const pairs : {&out.listed, &out.judged})
      pairs->offsets.push_back(static_cast<std::int64_t>(pairs->scores.size()));
  }
  std::erase_if(relevant, [](const Entry& entry) { return !(entry.score >= 1); });
  out.judgements.offsets = offsets_of(relevant, out.queries.size());
  for (const Entry& entry : relevant) {
    out.judgements.items.push_back(entry.item);
    out.relevances.push_back(entry.score);
  }
  return out;
}

void order_ties(Rankings& rankings, MetricDefinition::Ties ties) {
  if (ties == MetricDefinition::Ties::kRankThenItem) return;
  for (std::int64_t q = 0; q < rankings.queries(); ++q) {
    std::vector<ScoredIndex> list;
    for (std::int64_t i = rankings.offsets[q]; i < rankings.offsets[q + 1]; ++i)
      list.push_back({rankings.items[i], rankings.scores[i]});
    std::sort(list.begin(), list.end(), [](const ScoredIndex& a, const ScoredIndex& b) {
      return a.score != b.score ? a.score > b.score : a.index > b.index;
    });
    for (std::size_t i = 0; i < list.size(); ++i)
      rankings.items[rankings.offsets[q] + static_cast<std::int64_t>(i)] = list[i].index;
  }
}

}  // namespace genre
