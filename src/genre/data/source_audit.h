// Counts the rows of one source, sets the unusable ones aside and fails where they are too many.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "genre/base/error.h"
#include "genre/data/rejected_rows.h"
#include "genre/data/source_rows.h"

namespace genre {

class SourceAudit {
 public:
  // `maximum` is the largest share of unusable rows.
  SourceAudit(RejectedRows& rejected, double maximum) : rejected_(rejected), maximum_(maximum) {}

  void count() { ++rows_; }
  void reject(const std::filesystem::path& file, const SourceRow& row, const std::string& reason);
  std::int64_t rows() const { return rows_; }
  std::int64_t readable() const { return rows_ - bad_; }

  // Warns of unusable rows, or throws Error(kData) with the first reason and the place of the list of all.
  void finish();

 private:
  RejectedRows& rejected_;
  double maximum_;
  std::int64_t rows_ = 0, bad_ = 0;
  Place first_;
  std::string reason_;
};

}  // namespace genre
