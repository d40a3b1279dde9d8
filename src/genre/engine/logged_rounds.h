// A file of logged decisions, one row a round: what was chosen, with which probability, and what came of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "genre/data/id_interner.h"
#include "genre/eval/off_policy.h"

namespace genre {

struct LoggedColumns {
  // Names in the file of user, action, reward, propensity, target, q_hat, dm and candidates, where they differ from
  // these.
  std::map<std::string, std::string> names;
  std::vector<std::string> features;  // numeric columns that describe the context
};

struct LoggedRounds {
  std::vector<LoggedRound> rounds;   // n; a column that the file lacks leaves the member's default
  std::vector<std::int32_t> action;  // n, number in `actions`
  std::vector<std::int32_t> user;    // n, number in `users`; empty without the column
  std::vector<std::int64_t> line;    // n, of the file
  IdInterner actions, users;
  std::vector<double> features;  // n x C, or empty
  // Actions that were on offer in round i: candidates[candidate_offsets[i]] to candidates[candidate_offsets[i + 1]], by
  // number, without repeats. Empty without the column.
  std::vector<std::int64_t> candidate_offsets;
  std::vector<std::int32_t> candidates;
  // Target probabilities above 0 of round i in the same form, from columns "target.ACTION"; they add up to 1. Empty
  // without such columns.
  std::vector<std::int64_t> target_offsets;
  std::vector<std::int32_t> target_actions;
  std::vector<double> target_probabilities;
  bool has_target = false, has_q_hat = false, has_dm = false;  // has_target: of the logged action at least
};

// Format by the ending: .jsonl, .ndjson, .json, .parquet, .tsv, otherwise CSV; .gz and .zst may follow. In JSON
// {"target": {"a": 0.2, "b": 0.8}} is two columns "target.ACTION"; a probability that is not there is 0. Every round
// must be usable: throws Error(kData) with file and line for a cell that is missing, no number or out of range, and for
// probabilities that do not add up to 1 (within 1e-3); Error(kUsage) for a column that is not there.
LoggedRounds read_logged_rounds(const std::filesystem::path& file, const LoggedColumns& columns);

}  // namespace genre
