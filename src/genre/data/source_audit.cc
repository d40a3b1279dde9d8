#include "genre/data/source_audit.h"

#include <fmt/format.h>

#include "genre/base/log.h"

namespace genre {

void SourceAudit::reject(const std::filesystem::path& file, const SourceRow& row, const std::string& reason) {
  if (++bad_ == 1) {
    first_ = {.file = file.string(), .line = row.row, .key = {}};
    reason_ = reason;
  }
  rejected_.add(file, row.row, reason, row.content);
}

void SourceAudit::finish() {
  if (bad_ == 0) return;
  const std::string said = fmt::format("{} of {} rows cannot be used; the first: {}", bad_, rows_, reason_);
  if (static_cast<double>(bad_) > maximum_ * static_cast<double>(rows_)) {
    const std::filesystem::path path = rejected_.finish();
    throw Error(ErrorCode::kData, said,
                (path.empty() ? "" : fmt::format("{} lists them all; ", path.string())) +
                    "check format, delimiter, encoding and columns, or raise data.clean.maximum_rejected",
                first_);
  }
  log_warning(fmt::format("{} at {}:{}", said, first_.file, first_.line));
}

}  // namespace genre
