// Tensors that wait on disk for the backward pass, in a file that has no name: whatever ends the process, nothing of it
// is left behind.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>

namespace genre::trainer {

// Not thread-safe.
class ActivationFile {
 public:
  // Throws Error(kResources) where the folder takes no file.
  explicit ActivationFile(const std::filesystem::path& folder);
  ~ActivationFile();
  ActivationFile(const ActivationFile&) = delete;
  ActivationFile& operator=(const ActivationFile&) = delete;

  // A tensor in the file, which outlives it. Its room is used again once no tensor is kept any more.
  class Kept {
   public:
    Kept(ActivationFile& file, const torch::Tensor& tensor);
    ~Kept();
    Kept(const Kept&) = delete;
    Kept& operator=(const Kept&) = delete;
    // The same numbers in the memory of the processor, read through a mapping that lives as long as the tensor.
    torch::Tensor read() const;

   private:
    ActivationFile& file_;
    std::int64_t begin_ = 0, bytes_ = 0;
    std::vector<std::int64_t> sizes_;
    torch::ScalarType type_;
  };

  // Throws Error(kResources) where the disk is full.
  std::unique_ptr<Kept> keep(const torch::Tensor& tensor) { return std::make_unique<Kept>(*this, tensor); }

  std::int64_t size() const { return size_; }  // bytes of the file

 private:
  std::int64_t take(std::int64_t bytes);
  void* map(std::int64_t begin, std::int64_t bytes, int protection) const;

  std::filesystem::path folder_;
  int fd_ = -1;
  std::int64_t size_ = 0, used_ = 0, kept_ = 0;
};

}  // namespace genre::trainer
