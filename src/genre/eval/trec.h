// Rankings and judgements in the text format of TREC, so that trec_eval and ranx can referee. A ranking line is
// "query Q0 item rank score tag", a judgement line "query 0 item relevance".
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "genre/eval/metric_variants.h"
#include "genre/eval/pointwise.h"

namespace genre {

// The external id of a query or an item.
using ExternalId = std::function<std::string_view(std::int64_t)>;

// Writes all or nothing. Scores keep their order but never tie: an equal score is written one step of a float lower,
// because readers sort by score and break ties in ways of their own. Throws Error(kData) for an id that is empty or
// holds white space, Error(kResources) when the file cannot be written.
void write_rankings(const std::filesystem::path& path, const Rankings& rankings, const ExternalId& query,
                    const ExternalId& item, std::string_view tag);
void write_judgements(const std::filesystem::path& path, const Judgements& judgements, const ExternalId& query,
                      const ExternalId& item);

// Both files under common ids: the numbers in rankings and judgements are positions in these lists, ascending bytewise.
struct TrecFiles {
  std::vector<std::string> queries, items;  // of either file
  Rankings rankings;                        // score descending, then rank, then item
  Judgements judgements;                    // relevance >= 1
  std::vector<float> relevances;            // aligned with judgements.items
  ScoredPairs listed;                       // every ranked item; label: its relevance, 0 where nobody judged it
  ScoredPairs judged;                       // ranked items that have a judgement, whatever it says
};

// Throws Error(kNotFound), or Error(kData) with file and line: a wrong number of columns, a score or relevance that is
// no number, an item twice in a query.
TrecFiles read_trec(const std::filesystem::path& rankings, const std::filesystem::path& judgements);

// Puts equal scores into the order that the definition wants; read_trec leaves them by rank, then item.
void order_ties(Rankings& rankings, MetricDefinition::Ties ties);

}  // namespace genre
