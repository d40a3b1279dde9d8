#include "genre/base/gguf_writer.h"

#include <cassert>

#include "genre/base/file.h"

namespace genre {
namespace {

constexpr std::size_t kAlignment = 32;
enum Type : std::uint32_t { kU32 = 4, kI32 = 5, kF32 = 6, kBool = 7, kText = 8, kArray = 9 };

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

void put_text(std::string& out, std::string_view text) {
  put<std::uint64_t>(out, text.size());
  out += text;
}

template <class T>
std::string array(Type type, std::span<const T> values) {
  std::string out;
  put(out, kArray);
  put(out, type);
  put<std::uint64_t>(out, values.size());
  for (const T& value : values) {
    if constexpr (std::is_same_v<T, std::string>)
      put_text(out, value);
    else
      put(out, value);
  }
  return out;
}

template <class T>
std::string scalar(Type type, T value) {
  std::string out;
  put(out, type);
  put(out, value);
  return out;
}

std::size_t padding(std::size_t size) { return (kAlignment - size % kAlignment) % kAlignment; }

}  // namespace

void GgufWriter::set_integer(const std::string& key, std::uint32_t value) { metadata_[key] = scalar(kU32, value); }
void GgufWriter::set_number(const std::string& key, float value) { metadata_[key] = scalar(kF32, value); }
void GgufWriter::set_boolean(const std::string& key, bool value) {
  metadata_[key] = scalar(kBool, static_cast<std::uint8_t>(value));
}
void GgufWriter::set_text(const std::string& key, std::string_view value) {
  std::string out;
  put(out, kText);
  put_text(out, value);
  metadata_[key] = std::move(out);
}
void GgufWriter::set_integers(const std::string& key, std::span<const std::int32_t> values) {
  metadata_[key] = array(kI32, values);
}
void GgufWriter::set_numbers(const std::string& key, std::span<const float> values) {
  metadata_[key] = array(kF32, values);
}
void GgufWriter::set_texts(const std::string& key, std::span<const std::string> values) {
  metadata_[key] = array(kText, values);
}
void GgufWriter::set_encoded(const std::string& key, std::span<const std::byte> type_and_value) {
  metadata_[key].assign(reinterpret_cast<const char*>(type_and_value.data()), type_and_value.size());
}

void GgufWriter::add(const std::string& name, BlockFormat format, std::vector<std::int64_t> shape,
                     std::span<const std::byte> bytes) {
  tensors_[name] = {format, std::move(shape), bytes};
#ifndef NDEBUG
  std::int64_t elements = 1;
  for (const auto extent : tensors_[name].shape) elements *= extent;
  assert(elements == tensors_[name].elements());
#endif
}

void GgufWriter::write(const std::filesystem::path& path) const {
  std::string head = "GGUF";
  put<std::uint32_t>(head, 3);
  put<std::uint64_t>(head, tensors_.size());
  auto metadata = metadata_;
  metadata["general.alignment"] = scalar(kU32, static_cast<std::uint32_t>(kAlignment));
  put<std::uint64_t>(head, metadata.size());
  for (const auto& [key, encoded] : metadata) {
    put_text(head, key);
    head += encoded;
  }
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : tensors_) {
    put_text(head, name);
    put<std::uint32_t>(head, static_cast<std::uint32_t>(tensor.shape.size()));
    for (auto extent = tensor.shape.rbegin(); extent != tensor.shape.rend(); ++extent) put(head, *extent);
    put(head, tensor.format);
    put(head, offset);
    offset += tensor.bytes.size() + padding(tensor.bytes.size());
  }
  head.append(padding(head.size()), '\0');
  const std::string zeros(kAlignment, '\0');
  std::vector<std::string_view> parts = {head};
  for (const auto& [name, tensor] : tensors_) {
    parts.emplace_back(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
    parts.push_back(std::string_view(zeros).substr(0, padding(tensor.bytes.size())));
  }
  write_file_atomic(path, parts);
}

}  // namespace genre
