#include "genre/data/byte_stream.h"

#include <zlib.h>
#include <zstd.h>

#include <cstdio>
#include <vector>

#include "genre/base/error.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail(const fs::path& path, const std::string& message, const std::string& hint) {
  throw Error(ErrorCode::kData, message, hint, {.file = path.string(), .line = 0, .key = {}});
}

constexpr const char* kFetchAgain = "fetch or write the file again";

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FilePointer = std::unique_ptr<std::FILE, CloseFile>;

class PlainStream : public ByteStream {
 public:
  PlainStream(FilePointer file, fs::path path) : file_(std::move(file)), path_(std::move(path)) {}

  std::size_t read(std::span<char> out) override {
    const std::size_t count = std::fread(out.data(), 1, out.size(), file_.get());
    if (count == 0 && std::ferror(file_.get()))
      fail(path_, "the file cannot be read", "check the disk and the file's rights");
    return count;
  }

 private:
  FilePointer file_;
  fs::path path_;
};

class GzipStream : public ByteStream {
 public:
  explicit GzipStream(fs::path path) : path_(std::move(path)), file_(gzopen(path_.c_str(), "rb")) {
    if (file_ == nullptr) fail(path_, "the file cannot be opened", "check the file's rights");
    gzbuffer(file_, 1u << 18);
    if (gzdirect(file_) != 0 && fs::file_size(path_) > 0) {
      gzclose(file_);
      fail(path_, "the file ends in .gz but is not compressed by gzip", "rename it, or compress it");
    }
  }
  ~GzipStream() override { gzclose(file_); }
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  std::size_t read(std::span<char> out) override {
    const int count = gzread(file_, out.data(), static_cast<unsigned>(out.size()));
    int status = Z_OK;
    if (count <= 0) gzerror(file_, &status);
    if (count < 0 || status == Z_BUF_ERROR) fail(path_, "the gzip data is damaged or cut short", kFetchAgain);
    return static_cast<std::size_t>(count);
  }

 private:
  fs::path path_;
  gzFile file_;
};

class ZstdStream : public ByteStream {
 public:
  ZstdStream(FilePointer file, fs::path path)
      : file_(std::move(file)), path_(std::move(path)), stream_(ZSTD_createDStream()), buffer_(ZSTD_DStreamInSize()) {
    if (stream_ == nullptr)
      throw Error(ErrorCode::kResources, "no memory to decompress zstd", "",
                  {.file = path_.string(), .line = 0, .key = {}});
  }
  ~ZstdStream() override { ZSTD_freeDStream(stream_); }
  ZstdStream(const ZstdStream&) = delete;
  ZstdStream& operator=(const ZstdStream&) = delete;

  std::size_t read(std::span<char> out) override {
    ZSTD_outBuffer to = {out.data(), out.size(), 0};
    while (to.pos == 0) {
      if (from_.pos == from_.size) {
        from_ = {buffer_.data(), std::fread(buffer_.data(), 1, buffer_.size(), file_.get()), 0};
        if (from_.size == 0) {
          if (inside_frame_) fail(path_, "the zstd data is cut short", kFetchAgain);
          return 0;
        }
      }
      const std::size_t status = ZSTD_decompressStream(stream_, &to, &from_);
      if (ZSTD_isError(status))
        fail(path_, std::string("the zstd data is damaged: ") + ZSTD_getErrorName(status), kFetchAgain);
      inside_frame_ = status != 0;
    }
    return to.pos;
  }

 private:
  FilePointer file_;
  fs::path path_;
  ZSTD_DStream* stream_;
  std::vector<char> buffer_;
  ZSTD_inBuffer from_ = {nullptr, 0, 0};
  bool inside_frame_ = false;
};

}  // namespace

std::unique_ptr<ByteStream> open_byte_stream(const fs::path& path) {
  const Place place = {.file = path.string(), .line = 0, .key = {}};
  std::error_code error;
  if (!fs::exists(path, error)) throw Error(ErrorCode::kNotFound, "there is no such file", "check the path", place);
  if (!fs::is_regular_file(path, error))
    throw Error(ErrorCode::kData, "wanted a file, found a folder or device", "name the files in it, as in folder/*.csv",
                place);
  const std::string ending = path.extension().string();
  if (ending == ".gz") return std::make_unique<GzipStream>(path);
  FilePointer file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) throw Error(ErrorCode::kNotFound, "the file cannot be opened", "check the file's rights", place);
  if (ending == ".zst") return std::make_unique<ZstdStream>(std::move(file), path);
  return std::make_unique<PlainStream>(std::move(file), path);
}

}  // namespace genre
