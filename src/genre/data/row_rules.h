// Cleaning rules that look at one row: columns that it must fill, the range of its value, its time, its dwell time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "genre/data/dataset.h"
#include "genre/data/event_roles.h"
#include "genre/data/options.h"

namespace genre {

class RowRules {
 public:
  // Throws Error(kConfig) for a column or date that cannot be.
  explicit RowRules(const CleaningOptions& options);

  // Throws Error(kConfig) where a rule needs a column that the source `place` lacks; `has` is by role.
  void check_columns(const std::array<bool, kEventRoles>& has, const std::string& file) const;

  // Each answers whether its rules drop the row, counts it, and says why in `reason`. The first comes before the cells
  // are read, the second after; an absent time or dwell time passes.
  bool drop_unfilled(const std::array<bool, kEventRoles>& filled, std::string& reason);
  bool drop(float value, std::optional<std::int64_t> time, std::optional<float> dwell, std::string& reason);

  // The rules that are on, in their order, applied to `rows` readable rows.
  std::vector<CleaningStep> steps(std::int64_t rows) const;

 private:
  std::vector<EventRole> required_;
  std::optional<double> minimum_value_, maximum_value_, minimum_dwell_;
  std::optional<std::int64_t> not_before_, not_after_;
  std::int64_t unfilled_ = 0, out_of_range_ = 0, impossible_ = 0, short_ = 0;  // rows dropped
};

}  // namespace genre
