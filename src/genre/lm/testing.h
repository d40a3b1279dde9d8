// For tests: the small models of tests/golden/make_encoder_architectures_golden.py, written out as model folders, and
// what the reference computes with them.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "genre/base/file.h"
#include "genre/base/safetensors.h"
#include "genre/linalg/matrix.h"

namespace genre {

// Weights as weights() of the script makes them.
inline std::vector<float> golden_weights(const std::string& name, const std::vector<std::int64_t>& shape) {
  std::uint64_t seed = 0xCBF29CE484222325;
  for (const char byte : name) seed = (seed ^ static_cast<unsigned char>(byte)) * 0x100000001B3;
  std::int64_t size = 1;
  for (const auto extent : shape) size *= extent;
  const bool is_vector = shape.size() == 1;
  const float offset = is_vector && name.ends_with(".weight") ? 1.0f : 0.0f;
  std::vector<float> out;
  for (std::int64_t i = 1; i <= size; ++i) {
    std::uint64_t z = seed + static_cast<std::uint64_t>(i) * 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    z ^= z >> 31;
    const float unit = static_cast<float>(z >> 40) / 8388608.0f - 1;
    out.push_back(unit * (is_vector ? 0.125f : 0.25f) + offset);
  }
  return out;
}

inline void write_golden_weights(const nlohmann::json& shapes, const std::filesystem::path& path) {
  std::vector<std::vector<float>> kept;
  SafetensorsWriter writer;
  for (const auto& [name, shape] : shapes.items()) {
    const auto extents = shape.get<std::vector<std::int64_t>>();
    kept.push_back(golden_weights(name, extents));
    writer.add<float>(name, kept.back(), extents);
  }
  writer.write(path);
}

class GoldenModels {
 public:
  const nlohmann::json& json() const { return json_; }
  // Rows of an output of the reference.
  ConstMatrixView output(const std::string& name) const {
    const auto& shape = file_.at(name).shape;
    return {file_.values<float>(name).data(), shape[0], shape.size() == 1 ? 1 : shape[1]};
  }
  // A folder with config.json, tokenizer.json and weights, from an object with "config" and "tensors".
  void write(const nlohmann::json& model, const std::filesystem::path& folder) const {
    write_file_atomic(folder / "config.json", model.at("config").dump());
    write_tokenizer(folder);
    write_golden_weights(model.at("tensors"), folder / "model.safetensors");
  }
  // The tokenizer, whose limit is 40 tokens.
  void write_tokenizer(const std::filesystem::path& folder) const {
    write_file_atomic(folder / "tokenizer.json", json_.at("tokenizer").dump());
    write_file_atomic(folder / "tokenizer_config.json", R"({"model_max_length": 40})");
  }

 private:
  nlohmann::json json_ = nlohmann::json::parse(read_file(GENRE_SOURCE_DIR "/tests/golden/encoder_architectures.json"));
  SafetensorsFile file_{GENRE_SOURCE_DIR "/tests/golden/encoder_architectures.safetensors"};
};

// A folder for one test, removed with it.
class TestFolder {
 public:
  explicit TestFolder(const std::string& name)
      : path_(std::filesystem::path(testing::TempDir()) / (name + "-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace genre
