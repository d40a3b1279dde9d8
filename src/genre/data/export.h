// A prepared dataset in the files of other programs. Each function fills `folder`, which is there; the caller makes it
// appear whole. All stream, but export_npz, which holds one matrix about four times, and export_safetensors, which
// holds one.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "genre/data/dataset.h"
#include "genre/data/history_text.h"
#include "genre/data/preference_prompt.h"

namespace genre {

// interactions/ (user, item, value, weight, time, type, positive, part), items/ and users/ (id and fields) as folders
// of Parquet files. Without times the column time is left out.
void export_parquet(const Dataset& dataset, const std::filesystem::path& folder);

// train.npz, valid.npz and test.npz: U x I, weights of positive interactions added up; users.txt and items.txt: the id
// of each row and column, one a line.
void export_npz(const Dataset& dataset, const std::filesystem::path& folder);

// train.safetensors, valid.safetensors and test.safetensors: the same matrices and names, as tensors `indptr` (I64, U +
// 1), `indices` (I32, ascending in each row), `data` (F32) and `shape` (I64: U, I).
void export_safetensors(const Dataset& dataset, const std::filesystem::path& folder);

// train.txt, valid.txt and test.txt: a user and their items on each line, oldest first. Throws Error(kData) for an id
// with a space, tab or comma in it.
void export_lists(const Dataset& dataset, const std::filesystem::path& folder);

// train.qrels, valid.qrels and test.qrels: "user 0 item 1" for each pair with a positive event in the part, as
// trec_eval reads judgements. Throws Error(kData) for an id with white space in it.
void export_trec(const Dataset& dataset, const std::filesystem::path& folder);

struct TextExportOptions {
  HistoryTextOptions history;
  unsigned parts = kTrainPart;          // whose events become text
  unsigned targets = 0;                 // whose positive items are given as what came next
  std::string label_field;              // of items; empty: no labels
  std::string label_separators = "|,";  // the characters between several values of that field
};
// histories.jsonl, one {"user", "text", "items", "words"} a line, with a token budget also "tokens", with `targets`
// also "targets" and with `label_field` also "label", the commonest value of that field among the targets; and the same
// rows as Parquet files in histories/. Of equally common ones the bytewise first is taken; without targets the label is
// "". Users without text are left out. Returns how many there are. Throws Error(kConfig) for a field that the items
// lack.
std::int64_t export_text(const Dataset& dataset, std::span<const std::string> texts, const TextExportOptions& options,
                         const std::filesystem::path& folder);

// pairs.jsonl, one {"text", "other"} a line: texts of items that a user liked one after the other in `parts`, each pair
// once whoever liked it and in which order; of each user the newest `most`. Items without text, and equal texts, are
// left out. Returns how many pairs there are.
std::int64_t export_pairs(const Dataset& dataset, std::span<const std::string> texts, unsigned parts, int most,
                          const std::filesystem::path& folder);

// preferences.jsonl, one {"user", "item", "text", "other"} a line for each event of `parts` and answer to its prompt
// (task `instruct` of `genre lm finetune`): "yes" where the event is positive and else "no"; of a prompt that is
// answered with the item's text that text, for positive events alone. The prompt holds the newest `most` items with
// text that the user liked before the event, or touched where it tells disliked ones too, each once, of parts that are
// known when its own is asked about (train; fold-in and valid before valid; all before test). Events without such
// items, of items without text and of items among them, are left out. Returns how many lines there are.
std::int64_t export_preferences(const Dataset& dataset, std::span<const std::string> texts,
                                const PreferencePrompt& prompt, unsigned parts, int most,
                                const std::filesystem::path& folder);

}  // namespace genre
