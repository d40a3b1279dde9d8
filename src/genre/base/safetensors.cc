#include "genre/base/safetensors.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "genre/base/error.h"
#include "genre/base/text_distance.h"

namespace genre {
namespace {

constexpr std::uint64_t kHeaderLimit = 100'000'000;
constexpr std::pair<DType, std::string_view> kNames[] = {
    {DType::kU8, "U8"},   {DType::kI8, "I8"},     {DType::kI16, "I16"}, {DType::kI32, "I32"}, {DType::kI64, "I64"},
    {DType::kF16, "F16"}, {DType::kBF16, "BF16"}, {DType::kF32, "F32"}, {DType::kF64, "F64"}};

std::optional<DType> dtype_from(std::string_view name) {
  for (const auto& [dtype, text] : kNames)
    if (text == name) return dtype;
  return std::nullopt;
}

[[noreturn]] void damaged_safetensors(const std::filesystem::path& path, const std::string& fault) {
  throw Error(ErrorCode::kData, "not a valid safetensors file: " + fault, "fetch or write the file again",
              {.file = path.string()});
}

// The numbers of a list, each whole and at least 0: conversion of any other JSON number is undefined.
template <class T>
std::vector<T> whole_numbers(const std::filesystem::path& path, const std::string& tensor, const nlohmann::json& list) {
  if (!list.is_array())
    damaged_safetensors(path, "tensor '" + tensor + "' has " + list.dump() + " where a list stands");
  std::vector<T> out;
  for (const nlohmann::json& value : list) {
    if (!value.is_number_unsigned() || !std::in_range<T>(value.get<std::uint64_t>()))
      damaged_safetensors(path, "tensor '" + tensor + "' has " + value.dump() + " where a whole number stands");
    out.push_back(value.get<T>());
  }
  return out;
}

// Elements x size, or nothing when negative or beyond 2^62.
std::optional<std::uint64_t> byte_size(const std::vector<std::int64_t>& shape, DType dtype) {
  std::uint64_t size = dtype_size(dtype);
  for (const std::int64_t extent : shape) {
    if (extent < 0 || __builtin_mul_overflow(size, static_cast<std::uint64_t>(extent), &size) || size > (1ull << 62))
      return std::nullopt;
  }
  return size;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string out = "[";
  for (std::size_t i = 0; i < shape.size(); ++i)
    out += (i ? "," : "") + (shape[i] < 0 ? std::string("*") : std::to_string(shape[i]));
  return out + "]";
}

}  // namespace

std::size_t dtype_size(DType dtype) {
  switch (dtype) {
    case DType::kU8:
    case DType::kI8:
      return 1;
    case DType::kI16:
    case DType::kF16:
    case DType::kBF16:
      return 2;
    case DType::kI32:
    case DType::kF32:
      return 4;
    case DType::kI64:
    case DType::kF64:
      return 8;
  }
  return 1;
}

std::string_view dtype_name(DType dtype) {
  for (const auto& [value, text] : kNames)
    if (value == dtype) return text;
  return "?";
}

std::int64_t TensorView::elements() const { return static_cast<std::int64_t>(bytes.size() / dtype_size(dtype)); }

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : path_(path), file_(path) {
  const auto bytes = file_.bytes();
  if (bytes.size() < 8) damaged_safetensors(path, "shorter than 8 bytes");
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, bytes.data(), 8);
  if (header_size > kHeaderLimit || header_size > bytes.size() - 8)
    damaged_safetensors(path, "header of " + std::to_string(header_size) + " bytes does not fit");
  const auto* const text = reinterpret_cast<const char*>(bytes.data()) + 8;
  const auto data = bytes.subspan(8 + header_size);

  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  try {
    std::map<std::string, int> seen;
    const auto reject_duplicates = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& value) {
      if (depth == 1 && event == nlohmann::json::parse_event_t::key && seen[value.get<std::string>()]++ > 0)
        damaged_safetensors(path, "tensor '" + value.get<std::string>() + "' appears twice");
      return true;
    };
    const auto header = nlohmann::json::parse(text, text + header_size, reject_duplicates);
    if (!header.is_object()) damaged_safetensors(path, "header is not an object");
    for (const auto& [name, entry] : header.items()) {
      if (name == "__metadata__") {
        for (const auto& [key, value] : entry.items()) metadata_[key] = value.get<std::string>();
        continue;
      }
      const auto dtype = dtype_from(entry.at("dtype").get<std::string>());
      if (!dtype) damaged_safetensors(path, "tensor '" + name + "' has unknown dtype " + entry.at("dtype").dump());
      TensorView tensor{*dtype, whole_numbers<std::int64_t>(path, name, entry.at("shape")), {}};
      const auto offsets = whole_numbers<std::uint64_t>(path, name, entry.at("data_offsets"));
      if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data.size())
        damaged_safetensors(path, "tensor '" + name + "' lies outside the file");
      if (byte_size(tensor.shape, tensor.dtype) != offsets[1] - offsets[0])
        damaged_safetensors(path, "tensor '" + name + "' has a size that is not its shape's");
      tensor.bytes = data.subspan(offsets[0], offsets[1] - offsets[0]);
      ranges.emplace_back(offsets[0], offsets[1]);
      tensors_.emplace(name, std::move(tensor));
    }
  } catch (const nlohmann::json::exception& e) {
    damaged_safetensors(path, e.what());
  }
  std::sort(ranges.begin(), ranges.end());
  std::uint64_t end = 0;
  for (const auto& [first, last] : ranges) {
    if (first != end) damaged_safetensors(path, first < end ? "tensors overlap" : "a hole between tensors");
    end = last;
  }
  if (end != data.size()) damaged_safetensors(path, std::to_string(data.size() - end) + " bytes belong to no tensor");
}

const TensorView& SafetensorsFile::at(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found != tensors_.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [key, unused] : tensors_) names.push_back(key);
  const auto nearest = nearest_name(name, names);
  throw Error(ErrorCode::kData, "no tensor '" + name + "'", nearest ? "nearest name: " + *nearest : "",
              {.file = path_.string()});
}

const TensorView& SafetensorsFile::checked(const std::string& name, DType dtype,
                                           const std::vector<std::int64_t>& shape) const {
  const TensorView& tensor = at(name);
  bool fits = tensor.dtype == dtype && (shape.empty() || shape.size() == tensor.shape.size());
  for (std::size_t i = 0; fits && i < shape.size(); ++i) fits = shape[i] < 0 || shape[i] == tensor.shape[i];
  if (!fits) {
    throw Error(ErrorCode::kData,
                "tensor '" + name + "' is " + std::string(dtype_name(tensor.dtype)) + shape_text(tensor.shape) +
                    ", wanted " + std::string(dtype_name(dtype)) + (shape.empty() ? "" : shape_text(shape)),
                "", {.file = path_.string()});
  }
  if (reinterpret_cast<std::uintptr_t>(tensor.bytes.data()) % dtype_size(dtype) != 0)
    damaged_safetensors(path_, "tensor '" + name + "' is not aligned");
  return tensor;
}

void SafetensorsWriter::add_bytes(const std::string& name, DType dtype, std::vector<std::int64_t> shape,
                                  std::span<const std::byte> bytes) {
  assert(byte_size(shape, dtype) == bytes.size());
  tensors_[name] = TensorView{dtype, std::move(shape), bytes};
}

void SafetensorsWriter::write(const std::filesystem::path& path) const {
  // Widest elements first, so that every tensor is aligned to its element.
  std::vector<const std::pair<const std::string, TensorView>*> order;
  for (const auto& entry : tensors_) order.push_back(&entry);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return dtype_size(a->second.dtype) > dtype_size(b->second.dtype);
  });
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata_.empty()) header["__metadata__"] = metadata_;
  std::uint64_t offset = 0;
  for (const auto* entry : order) {
    const auto& tensor = entry->second;
    header[entry->first] = {{"dtype", dtype_name(tensor.dtype)},
                            {"shape", tensor.shape},
                            {"data_offsets", {offset, offset + tensor.bytes.size()}}};
    offset += tensor.bytes.size();
  }
  std::string out = header.dump();
  out.append((8 - out.size() % 8) % 8, ' ');
  const std::uint64_t header_size = out.size();
  out.insert(0, reinterpret_cast<const char*>(&header_size), 8);
  std::vector<std::string_view> parts = {out};
  for (const auto* entry : order)
    parts.emplace_back(reinterpret_cast<const char*>(entry->second.bytes.data()), entry->second.bytes.size());
  write_file_atomic(path, parts);
}

}  // namespace genre
