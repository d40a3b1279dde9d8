#include "genre/finetune/synonyms.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "genre/base/error.h"
#include "genre/base/file.h"

namespace genre {
namespace {

namespace fs = std::filesystem;

// The blank-separated fields of a line, one after the other.
class LineFields {
 public:
  explicit LineFields(std::string_view line) : rest_(line) {}
  std::string_view next() {
    const auto begin = std::min(rest_.find_first_not_of(' '), rest_.size());
    rest_.remove_prefix(begin);
    const auto end = std::min(rest_.find(' '), rest_.size());
    const std::string_view out = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return out;
  }
  std::optional<std::size_t> number(int base = 10) {
    const std::string_view text = next();
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    return error == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(value)
                                                                                     : std::nullopt;
  }

 private:
  std::string_view rest_;
};

std::string lower(std::string_view word) {
  word = word.substr(0, word.find('('));  // "galore(ip)": where an adjective may stand
  std::string out(word);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

[[noreturn]] void refuse(const fs::path& path, std::int64_t line) {
  throw Error(ErrorCode::kData, "the line is not as WordNet writes it", "install Debian's wordnet-base",
              {.file = path.string(), .line = line});
}

}  // namespace

Synonyms::Synonyms(const fs::path& folder) {
  for (const char* pos : {"noun", "verb", "adj", "adv"}) {
    const fs::path index_path = folder / (std::string("index.") + pos),
                   data_path = folder / (std::string("data.") + pos);
    const std::string index = read_file(index_path), data = read_file(data_path);
    std::int64_t number = 0;
    for (std::size_t begin = 0; begin < index.size();) {
      const auto end = std::min(index.find('\n', begin), index.size());
      const std::string_view line = std::string_view(index).substr(begin, end - begin);
      begin = end + 1;
      ++number;
      if (line.empty() || line.front() == ' ') continue;  // the licence
      LineFields fields(line);
      const std::string_view word = fields.next();
      if (word.find('_') != std::string_view::npos) continue;
      fields.next();
      const auto synsets = fields.number(), pointers = fields.number();
      if (!synsets || !pointers) refuse(index_path, number);
      for (std::size_t i = 0; i < *pointers + 2; ++i) fields.next();  // their symbols, then counts of senses
      const auto first = fields.number();
      if (!first || *first >= data.size()) refuse(index_path, number);
      LineFields synset(std::string_view(data).substr(*first, data.find('\n', *first) - *first));
      synset.next();
      synset.next();
      synset.next();
      const auto count = synset.number(16);
      if (!count) refuse(index_path, number);
      auto& others = words_[std::string(word)];
      for (std::size_t i = 0; i < *count; ++i) {
        const std::string other = lower(synset.next());
        synset.next();
        if (other != word && !other.empty() && other.find('_') == std::string::npos) others.push_back(other);
      }
    }
  }
  for (auto& [word, others] : words_) {
    std::ranges::sort(others);
    others.erase(std::unique(others.begin(), others.end()), others.end());
  }
}

std::span<const std::string> Synonyms::of(std::string_view word) const {
  const auto found = words_.find(std::string(word));
  return found == words_.end() ? std::span<const std::string>() : std::span<const std::string>(found->second);
}

}  // namespace genre
