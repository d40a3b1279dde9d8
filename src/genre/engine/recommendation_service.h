// A trained run, ready to answer: artifact in memory, user histories that events extend, the language model on demand.
// Both `genre recommend` and the HTTP service ask it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace genre {

struct RecommendRequest {
  std::optional<std::string> user;
  std::vector<std::string> history;  // item ids, oldest first; added to what is known of the user
  std::string text;                  // what somebody says they want
  int k = 10;
  std::string filter;                // expression over item fields: year >= 1990 and genres contains "Comedy"
  std::vector<std::string> exclude;  // item ids
  bool explain = false;
};

struct RecommendedItem {
  std::string item;
  double score = 0;
  std::string title;   // the item's title field, or its text
  std::string reason;  // "" unless asked for
};

struct Recommendations {
  // "personalised" (a known user's history), "session" (the history in the request), "text", "popular"; for the other
  // questions "similar" and "search".
  std::string strategy;
  std::string fallback_reason;  // "" when the first choice answered
  std::vector<RecommendedItem> items;
};

struct ItemSummary {
  std::string item, title;
};

class RecommendationService {
 public:
  // Opens RUN/artifact (or an artifact folder). Throws Error(kNotFound) or Error(kData) naming the damaged file.
  static std::unique_ptr<RecommendationService> open(const std::filesystem::path& run);
  virtual ~RecommendationService() = default;

  // All are thread-safe. Unknown users are no error; an unknown history or excluded item is left out and named in
  // fallback_reason; Error(kNotFound) for an unknown item in similar(); Error(kUsage) for k outside [1, 1000], a bad
  // filter, or text where the artifact has no language model and the model knows none of its words. search() ranks by
  // the language model where there is one, else by the words that the model itself knows.
  virtual Recommendations recommend(const RecommendRequest& request) const = 0;
  virtual Recommendations similar(const std::string& item, int k) const = 0;
  virtual Recommendations search(const std::string& text, int k) const = 0;

  // Adds one event to the user's history; later answers see it. False when the item is unknown.
  virtual bool apply_event(const std::string& user, const std::string& item, const std::string& type, float value,
                           std::int64_t time) = 0;

  virtual std::int64_t users() const = 0;  // with any history, events included
  virtual std::int64_t items() const = 0;
  virtual bool knows_item(std::string_view item) const = 0;
  virtual std::string model_name() const = 0;
  virtual std::string artifact_digest() const = 0;                      // SHA-256 of manifest.json
  virtual std::vector<std::string> example_users(int count) const = 0;  // ids of users with long histories
  virtual std::vector<ItemSummary> history(const std::string& user,
                                           int count) const = 0;  // newest first; empty if unknown
};

}  // namespace genre
