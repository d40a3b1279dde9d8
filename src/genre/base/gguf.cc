#include "genre/base/gguf.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>

#include "genre/base/error.h"
#include "genre/base/text_distance.h"

static_assert(std::endian::native == std::endian::little, "GGUF files are little-endian and read in place");

namespace genre {
namespace {

constexpr std::uint64_t kMostNameBytes = 65535, kMostDimensions = 4, kMostAlignment = 1 << 16;
// Smallest entries: an empty name, a type and a byte; an empty name, one size, a format and an offset.
constexpr std::uint64_t kLeastPair = 8 + 4 + 1, kLeastTensor = 8 + 4 + 8 + 4 + 8;
constexpr std::string_view kAlignmentKey = "general.alignment";

enum class ValueType : std::uint32_t { kU8, kI8, kU16, kI16, kU32, kI32, kF32, kBool, kText, kArray, kU64, kI64, kF64 };

struct FormatRow {
  BlockFormat format;
  std::string_view name;
  BlockShape shape;
};
constexpr FormatRow kFormats[] = {{BlockFormat::kF32, "F32", {1, 4}},       {BlockFormat::kF16, "F16", {1, 2}},
                                  {BlockFormat::kBF16, "BF16", {1, 2}},     {BlockFormat::kQ4_0, "Q4_0", {32, 18}},
                                  {BlockFormat::kQ4_1, "Q4_1", {32, 20}},   {BlockFormat::kQ8_0, "Q8_0", {32, 34}},
                                  {BlockFormat::kQ4_K, "Q4_K", {256, 144}}, {BlockFormat::kQ6_K, "Q6_K", {256, 210}}};

const FormatRow& row_of(BlockFormat format) { return *std::ranges::find(kFormats, format, &FormatRow::format); }

[[noreturn]] void damaged_gguf(const std::filesystem::path& path, const std::string& fault) {
  throw Error(ErrorCode::kData, "not a valid GGUF file: " + fault, "fetch or write the file again",
              {.file = path.string()});
}

// Reads forward; every length is held against what is left before it is used.
class Cursor {
 public:
  Cursor(const std::filesystem::path& path, std::span<const std::byte> bytes) : path_(path), bytes_(bytes) {}

  std::uint64_t position() const { return position_; }
  std::uint64_t left() const { return bytes_.size() - position_; }
  std::span<const std::byte> since(std::uint64_t start) const { return bytes_.subspan(start, position_ - start); }

  template <class T>
  T read() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::string text(std::uint64_t most) {
    const auto length = read<std::uint64_t>();
    if (length > std::min(most, left()))
      damaged_gguf(path_, "a text of " + std::to_string(length) + " bytes " + where());
    const auto bytes = take(length);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  // A count of entries that take at least `least` bytes each.
  std::uint64_t count(std::uint64_t least, const char* of) {
    const auto n = read<std::uint64_t>();
    if (n > left() / least) damaged_gguf(path_, std::to_string(n) + " " + of + " do not fit into the file");
    return n;
  }
  std::string where() const { return "at byte " + std::to_string(position_); }

 private:
  std::span<const std::byte> take(std::uint64_t length) {
    if (length > left())
      damaged_gguf(path_,
                   "wanted " + std::to_string(length) + " bytes " + where() + ", " + std::to_string(left()) + " left");
    position_ += length;
    return bytes_.subspan(position_ - length, length);
  }

  const std::filesystem::path& path_;
  std::span<const std::byte> bytes_;
  std::uint64_t position_ = 0;
};

class Reader {
 public:
  Reader(const std::filesystem::path& path, Cursor& cursor) : path_(path), cursor_(cursor) {}

  GgufValue value() {
    const auto type = this->type();
    switch (type) {
      case ValueType::kF32:
      case ValueType::kF64:
        return number(type);
      case ValueType::kBool: {
        const auto byte = cursor_.read<std::uint8_t>();
        if (byte > 1) damaged_gguf(path_, "a truth value of " + std::to_string(byte) + " " + cursor_.where());
        return byte == 1;
      }
      case ValueType::kText:
        return cursor_.text(cursor_.left());
      case ValueType::kArray:
        return array();
      case ValueType::kU64: {
        const auto wide = cursor_.read<std::uint64_t>();
        if (wide > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) return wide;
        return static_cast<std::int64_t>(wide);
      }
      default:
        return integer(type);
    }
  }

 private:
  ValueType type() {
    const auto number = cursor_.read<std::uint32_t>();
    if (number > static_cast<std::uint32_t>(ValueType::kF64))
      damaged_gguf(path_, "unknown value type " + std::to_string(number) + " " + cursor_.where());
    return static_cast<ValueType>(number);
  }

  double number(ValueType type) {
    return type == ValueType::kF32 ? static_cast<double>(cursor_.read<float>()) : cursor_.read<double>();
  }

  std::int64_t integer(ValueType type) {
    switch (type) {
      case ValueType::kU8:
      case ValueType::kBool:
        return cursor_.read<std::uint8_t>();
      case ValueType::kI8:
        return cursor_.read<std::int8_t>();
      case ValueType::kU16:
        return cursor_.read<std::uint16_t>();
      case ValueType::kI16:
        return cursor_.read<std::int16_t>();
      case ValueType::kU32:
        return cursor_.read<std::uint32_t>();
      case ValueType::kI32:
        return cursor_.read<std::int32_t>();
      default:
        return cursor_.read<std::int64_t>();
    }
  }

  GgufArray array() {
    const auto type = this->type();
    if (type == ValueType::kArray) damaged_gguf(path_, "an array of arrays " + cursor_.where());
    if (type == ValueType::kText) {
      std::vector<std::string> texts;
      for (auto n = cursor_.count(8, "texts of an array"); n > 0; --n) texts.push_back(cursor_.text(cursor_.left()));
      return texts;
    }
    if (type == ValueType::kF32 || type == ValueType::kF64) {
      std::vector<double> numbers(cursor_.count(type == ValueType::kF32 ? 4 : 8, "numbers of an array"));
      for (auto& out : numbers) out = number(type);
      return numbers;
    }
    const bool wide = type == ValueType::kU64 || type == ValueType::kI64;
    const bool half = type == ValueType::kU32 || type == ValueType::kI32;
    const bool quarter = type == ValueType::kU16 || type == ValueType::kI16;
    std::vector<std::int64_t> integers(cursor_.count(wide ? 8 : half ? 4 : quarter ? 2 : 1, "integers of an array"));
    for (auto& out : integers) out = integer(type);
    for (const auto v : integers)
      if (type == ValueType::kU64 && v < 0) damaged_gguf(path_, "an integer beyond 2^63 " + cursor_.where());
    return integers;
  }

  const std::filesystem::path& path_;
  Cursor& cursor_;
};

// A tensor as the file describes it, checked in itself.
struct Described {
  GgufTensor tensor;
  std::uint64_t offset, size;
};

Described read_description(const std::filesystem::path& path, Cursor& cursor, const std::string& name) {
  const auto refuse = [&](const std::string& fault) { damaged_gguf(path, "tensor '" + name + "' " + fault); };
  const auto dimensions = cursor.read<std::uint32_t>();
  if (dimensions < 1 || dimensions > kMostDimensions) refuse("has " + std::to_string(dimensions) + " dimensions");
  Described out;
  std::uint64_t elements = 1;
  for (std::uint32_t i = 0; i < dimensions; ++i) {
    const auto extent = cursor.read<std::uint64_t>();
    if (extent == 0 || __builtin_mul_overflow(elements, extent, &elements) || elements > (1ull << 56))
      refuse("has a size of " + std::to_string(extent) + " that cannot be");
    out.tensor.shape.insert(out.tensor.shape.begin(), static_cast<std::int64_t>(extent));
  }
  const auto number = cursor.read<std::uint32_t>();
  const auto format = block_format_from(number);
  if (!format) refuse("has format " + std::to_string(number) + ", which is not one of those that are read");
  out.tensor.format = *format;
  const BlockShape block = block_shape(*format);
  if (out.tensor.shape.back() % block.elements != 0)
    refuse("has rows of " + std::to_string(out.tensor.shape.back()) + " elements, which are no whole blocks");
  out.size = elements / static_cast<std::uint64_t>(block.elements) * static_cast<std::uint64_t>(block.bytes);
  out.offset = cursor.read<std::uint64_t>();
  return out;
}

}  // namespace

BlockShape block_shape(BlockFormat format) { return row_of(format).shape; }

std::string_view block_format_name(BlockFormat format) { return row_of(format).name; }

std::optional<BlockFormat> block_format_from(std::uint32_t number) {
  for (const auto& row : kFormats)
    if (static_cast<std::uint32_t>(row.format) == number) return row.format;
  return std::nullopt;
}

std::int64_t GgufTensor::elements() const {
  const BlockShape block = block_shape(format);
  return static_cast<std::int64_t>(bytes.size()) / block.bytes * block.elements;
}

GgufFile::GgufFile(const std::filesystem::path& path) : path_(path), file_(path) {
  const auto bytes = file_.bytes();
  Cursor cursor(path, bytes);
  if (bytes.size() < 4 || std::memcmp(bytes.data(), "GGUF", 4) != 0) damaged_gguf(path, "it does not begin with GGUF");
  cursor.read<std::uint32_t>();
  const auto version = cursor.read<std::uint32_t>();
  if (version != 2 && version != 3)
    damaged_gguf(path, "version " + std::to_string(version) + ", wanted 2 or 3" +
                           ((version & 0xFFFFu) == 0 ? "; it may be of a big-endian machine" : ""));
  const auto tensor_count = cursor.count(kLeastTensor, "tensors");
  const auto pair_count = cursor.count(kLeastPair, "metadata values");

  Reader reader(path, cursor);
  for (std::uint64_t i = 0; i < pair_count; ++i) {
    const std::string key = cursor.text(kMostNameBytes);
    const auto start = cursor.position();
    if (!metadata_.emplace(key, reader.value()).second) damaged_gguf(path, "metadata '" + key + "' is given twice");
    encoded_.emplace(key, cursor.since(start));
  }
  const auto alignment = static_cast<std::uint64_t>(integer(kAlignmentKey).value_or(32));
  if (alignment < 8 || alignment > kMostAlignment || !std::has_single_bit(alignment))
    damaged_gguf(path, "an alignment of " + std::to_string(alignment) + " bytes");

  std::vector<std::pair<std::string, Described>> described;
  for (std::uint64_t i = 0; i < tensor_count; ++i) {
    std::string name = cursor.text(kMostNameBytes);
    Described one = read_description(path, cursor, name);
    described.emplace_back(std::move(name), std::move(one));
  }
  const std::uint64_t start = (cursor.position() + alignment - 1) / alignment * alignment;
  const auto data = start <= bytes.size() ? bytes.subspan(start) : std::span<const std::byte>();
  for (auto& [name, one] : described) {
    if (one.offset % alignment != 0) damaged_gguf(path, "tensor '" + name + "' is not aligned");
    if (one.offset > data.size() || one.size > data.size() - one.offset)
      damaged_gguf(path, "tensor '" + name + "' lies outside the file");
    one.tensor.bytes = data.subspan(one.offset, one.size);
    if (!tensors_.emplace(name, one.tensor).second) damaged_gguf(path, "tensor '" + name + "' appears twice");
  }
  std::ranges::sort(described, {}, [](const auto& entry) { return entry.second.offset; });
  for (std::size_t i = 1; i < described.size(); ++i)
    if (described[i].second.offset - described[i - 1].second.offset < described[i - 1].second.size)
      damaged_gguf(path, "tensors '" + described[i - 1].first + "' and '" + described[i].first + "' overlap");
}

const GgufTensor& GgufFile::at(std::string_view name) const {
  const auto found = tensors_.find(name);
  if (found != tensors_.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [key, unused] : tensors_) names.push_back(key);
  const auto nearest = nearest_name(name, names);
  throw Error(ErrorCode::kData, "no tensor '" + std::string(name) + "'", nearest ? "nearest name: " + *nearest : "",
              {.file = path_.string()});
}

std::span<const std::byte> GgufFile::encoded(std::string_view key) const {
  const auto found = encoded_.find(key);
  return found == encoded_.end() ? std::span<const std::byte>() : found->second;
}

namespace {

[[noreturn]] void wrong_type(const std::filesystem::path& path, std::string_view key, const char* wanted) {
  throw Error(ErrorCode::kData, "metadata '" + std::string(key) + "' is not " + wanted, "", {.file = path.string()});
}

}  // namespace

std::optional<std::int64_t> GgufFile::integer(std::string_view key) const {
  const auto found = metadata_.find(key);
  if (found == metadata_.end()) return std::nullopt;
  if (const auto* value = std::get_if<std::int64_t>(&found->second)) return *value;
  wrong_type(path_, key, "an integer below 2^63");
}

std::optional<double> GgufFile::number(std::string_view key) const {
  const auto found = metadata_.find(key);
  if (found == metadata_.end()) return std::nullopt;
  if (const auto* value = std::get_if<double>(&found->second)) return *value;
  if (const auto* value = std::get_if<std::int64_t>(&found->second)) return static_cast<double>(*value);
  if (const auto* value = std::get_if<std::uint64_t>(&found->second)) return static_cast<double>(*value);
  wrong_type(path_, key, "a number");
}

std::optional<bool> GgufFile::boolean(std::string_view key) const {
  const auto found = metadata_.find(key);
  if (found == metadata_.end()) return std::nullopt;
  if (const auto* value = std::get_if<bool>(&found->second)) return *value;
  wrong_type(path_, key, "true or false");
}

std::optional<std::string> GgufFile::text(std::string_view key) const {
  const auto found = metadata_.find(key);
  if (found == metadata_.end()) return std::nullopt;
  if (const auto* value = std::get_if<std::string>(&found->second)) return *value;
  wrong_type(path_, key, "a text");
}

namespace {

template <class T>
const T* array_of(const GgufFile& file, std::string_view key, const char* wanted) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end()) return nullptr;
  const auto* const array = std::get_if<GgufArray>(&found->second);
  const T* const values = array != nullptr ? std::get_if<T>(array) : nullptr;
  if (values == nullptr) wrong_type(file.path(), key, wanted);
  return values;
}

}  // namespace

const std::vector<std::string>* GgufFile::texts(std::string_view key) const {
  return array_of<std::vector<std::string>>(*this, key, "a list of texts");
}

const std::vector<std::int64_t>* GgufFile::integers(std::string_view key) const {
  return array_of<std::vector<std::int64_t>>(*this, key, "a list of integers");
}

const std::vector<double>* GgufFile::numbers(std::string_view key) const {
  return array_of<std::vector<double>>(*this, key, "a list of numbers");
}

}  // namespace genre
