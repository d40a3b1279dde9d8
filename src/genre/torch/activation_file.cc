#include "genre/torch/activation_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <torch/torch.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "genre/base/error.h"

namespace genre::trainer {
namespace {

constexpr std::int64_t kPage = 4096;

[[noreturn]] void fail(const std::filesystem::path& folder, const std::string& what, int error) {
  throw Error(ErrorCode::kResources, what + ": " + std::strerror(error),
              "free room there, name another folder in finetune.activation_folder, or take finetune.activations = "
              "\"recompute\"",
              {.file = folder.string(), .key = "finetune.activation_folder"});
}

// A file without a name; where the file system makes none, one whose name is taken away at once.
int open_unnamed(const std::filesystem::path& folder) {
  const int fd = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return fd;
  std::string name = (folder / "activations-XXXXXX").string();
  const int named = mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) unlink(name.c_str());
  return named;
}

}  // namespace

ActivationFile::ActivationFile(const std::filesystem::path& folder) : folder_(folder), fd_(open_unnamed(folder)) {
  if (fd_ < 0) fail(folder, "the folder takes no file of activations", errno);
}

ActivationFile::~ActivationFile() { close(fd_); }

std::int64_t ActivationFile::take(std::int64_t bytes) {
  const std::int64_t begin = used_, end = begin + (bytes + kPage - 1) / kPage * kPage;
  if (end > size_) {
    // All of it is given room now: a mapped page without room would end the process.
    const int error = posix_fallocate(fd_, size_, end - size_);
    if (error != 0) fail(folder_, "no room for " + std::to_string(end) + " bytes of activations", error);
    size_ = end;
  }
  used_ = end;
  ++kept_;
  return begin;
}

void* ActivationFile::map(std::int64_t begin, std::int64_t bytes, int protection) const {
  void* const out = mmap(nullptr, static_cast<std::size_t>(bytes), protection, MAP_SHARED, fd_, begin);
  if (out == MAP_FAILED) fail(folder_, "activations cannot be mapped", errno);
  return out;
}

ActivationFile::Kept::Kept(ActivationFile& file, const torch::Tensor& tensor)
    : file_(file),
      bytes_(static_cast<std::int64_t>(tensor.nbytes())),
      sizes_(tensor.sizes().vec()),
      type_(tensor.scalar_type()) {
  begin_ = file_.take(bytes_);
  if (bytes_ == 0) return;
  const torch::Tensor whole = tensor.cpu().contiguous();
  void* const to = file_.map(begin_, bytes_, PROT_READ | PROT_WRITE);
  std::memcpy(to, whole.data_ptr(), static_cast<std::size_t>(bytes_));
  munmap(to, static_cast<std::size_t>(bytes_));
}

ActivationFile::Kept::~Kept() {
  if (--file_.kept_ == 0) file_.used_ = 0;
}

torch::Tensor ActivationFile::Kept::read() const {
  if (bytes_ == 0) return torch::empty(sizes_, type_);
  const auto bytes = static_cast<std::size_t>(bytes_);
  return torch::from_blob(
      file_.map(begin_, bytes_, PROT_READ | PROT_WRITE), sizes_, [bytes](void* mapped) { munmap(mapped, bytes); },
      torch::TensorOptions(type_));
}

}  // namespace genre::trainer
