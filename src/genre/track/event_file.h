// The event file that TensorBoard reads: scalars by step. Sources: TensorFlow's tsl/lib/io/record_writer.h (TFRecord:
// length, masked CRC-32C of the length, data, masked CRC-32C of the data), tensorflow/core/util/event.proto and
// tensorflow/core/framework/summary.proto (Event, SessionLog, Summary).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace genre {

class EventFile {
 public:
  // A new events.out.tfevents.* in `folder`, whose name sorts behind those that are there. Readers of the folder drop
  // what earlier files say of steps behind `behind_step`. Throws Error(kResources), as every other function here.
  explicit EventFile(const std::filesystem::path& folder, std::int64_t behind_step = 0);
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  // One value, which readers have as float32; NaN and infinities are such. Written at once.
  void add(std::int64_t step, std::string_view tag, double value);

  const std::filesystem::path& path() const { return path_; }

 private:
  void write(std::string_view event);

  std::filesystem::path path_;
  int fd_ = -1;
};

}  // namespace genre
