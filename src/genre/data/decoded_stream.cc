#include "genre/data/decoded_stream.h"

#include <fmt/format.h>
#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "genre/base/error.h"
#include "genre/base/text_distance.h"
#include "genre/base/utf8.h"

namespace genre {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 16;
constexpr char kWrongBytes = '\xFF';

// For suggestions: iconv has no list to ask for, and some 1,100 names.
const std::vector<std::string> kUsualNames = {
    "utf-8",      "utf-16",     "utf-16le",   "utf-16be",    "utf-32",     "latin-1",      "iso-8859-2",
    "iso-8859-5", "iso-8859-7", "iso-8859-9", "iso-8859-15", "cp1250",     "cp1251",       "cp1252",
    "cp1253",     "cp1254",     "cp1255",     "cp1256",      "cp1257",     "windows-1251", "windows-1252",
    "gbk",        "gb18030",    "gb2312",     "big5",        "big5-hkscs", "shift_jis",    "shift-jis",
    "sjis",       "cp932",      "euc-jp",     "iso-2022-jp", "euc-kr",     "cp949",        "euc-tw",
    "koi8-r",     "koi8-u",     "cp437",      "cp850",       "cp866",      "macintosh",    "tis-620"};

std::string lower(const std::string& name) {
  std::string out = name;
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

// Bytes that are skipped where one cannot be decoded, so that what follows stays in step.
std::size_t unit_of(const std::string& name) {
  if (name.starts_with("utf-16") || name.starts_with("utf16") || name.starts_with("ucs-2")) return 2;
  return name.starts_with("utf-32") || name.starts_with("utf32") || name.starts_with("ucs-4") ? 4 : 1;
}

class Latin1Stream : public ByteStream {
 public:
  explicit Latin1Stream(std::unique_ptr<ByteStream> bytes) : bytes_(std::move(bytes)) {}

  std::size_t read(std::span<char> out) override {
    if (at_ == text_.size()) {
      const std::size_t count = bytes_->read(block_);
      text_ = latin1_to_utf8({block_.data(), count});
      at_ = 0;
    }
    const std::size_t count = std::min(out.size(), text_.size() - at_);
    std::memcpy(out.data(), text_.data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  std::unique_ptr<ByteStream> bytes_;
  std::vector<char> block_ = std::vector<char>(kBlock);
  std::string text_;
  std::size_t at_ = 0;
};

class IconvStream : public ByteStream {
 public:
  IconvStream(std::unique_ptr<ByteStream> bytes, const std::string& name)
      : bytes_(std::move(bytes)), unit_(unit_of(name)) {
    // A slash would ask for transliteration, and an empty name for the locale's encoding.
    const bool asked = !name.empty() && name.find('/') == std::string::npos;
    if (asked) converter_ = iconv_open("UTF-8", name.c_str());
    if (converter_ != kNone) return;
    const std::string known = fmt::format("such as {}", "gbk, shift_jis, cp1252, utf-16; `iconv -l` lists all");
    const auto nearest = nearest_name(name, kUsualNames);
    throw Error(ErrorCode::kConfig, fmt::format("the encoding '{}' is not known", name),
                nearest ? fmt::format("did you mean '{}'? Any that iconv knows will do, {}", *nearest, known)
                        : "any that iconv knows will do, " + known,
                {.file = {}, .line = 0, .key = "encoding"});
  }
  ~IconvStream() override { iconv_close(converter_); }
  IconvStream(const IconvStream&) = delete;
  IconvStream& operator=(const IconvStream&) = delete;

  std::size_t read(std::span<char> out) override {
    char* to = out.data();
    std::size_t room = out.size();
    while (room == out.size()) {
      if (waits_for_more_ || begin_ == end_) {
        if (!fill()) {
          if (begin_ == end_) return 0;
          begin_ = end_;  // the file ends inside a character
          *to = kWrongBytes;
          return 1;
        }
      }
      char* from = block_.data() + begin_;
      std::size_t left = end_ - begin_;
      const std::size_t status = iconv(converter_, &from, &left, &to, &room);
      begin_ = end_ - left;
      if (status != static_cast<std::size_t>(-1)) continue;
      if (errno == EINVAL) {
        waits_for_more_ = true;
      } else if (errno == EILSEQ && room > 0) {
        begin_ = std::min(begin_ + unit_, end_);
        *to++ = kWrongBytes;
        --room;
      }
    }
    return out.size() - room;
  }

 private:
  bool fill() {
    waits_for_more_ = false;
    std::memmove(block_.data(), block_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    const std::size_t count = bytes_->read({block_.data() + end_, block_.size() - end_});
    end_ += count;
    return count > 0;
  }

  static inline const iconv_t kNone = reinterpret_cast<iconv_t>(-1);
  std::unique_ptr<ByteStream> bytes_;
  std::size_t unit_;
  iconv_t converter_ = kNone;
  std::vector<char> block_ = std::vector<char>(kBlock);
  std::size_t begin_ = 0, end_ = 0;  // not yet decoded
  bool waits_for_more_ = false;      // they are the front of a character
};

}  // namespace

bool is_utf8_name(const std::string& encoding) {
  const std::string name = lower(encoding);
  return name == "utf-8" || name == "utf8";
}

std::unique_ptr<ByteStream> decoded(std::unique_ptr<ByteStream> bytes, const std::string& encoding) {
  const std::string name = lower(encoding);
  if (is_utf8_name(name)) return bytes;
  if (name == "latin-1" || name == "latin1") return std::make_unique<Latin1Stream>(std::move(bytes));
  return std::make_unique<IconvStream>(std::move(bytes), name);
}

}  // namespace genre
