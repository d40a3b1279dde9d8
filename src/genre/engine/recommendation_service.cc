#include "genre/engine/recommendation_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <unordered_set>

#include "genre/base/error.h"
#include "genre/base/text_distance.h"
#include "genre/data/event_rule.h"
#include "genre/engine/artifact.h"
#include "genre/engine/filter.h"
#include "genre/linalg/gemm.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/text_encoder.h"
#include "genre/rec/sparse_content.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr int kMaximumK = 1000;
constexpr std::size_t kFilterCache = 64;

[[noreturn]] void no_words(const std::string& other_way) {
  throw Error(
      ErrorCode::kUsage, "this model has no language model, and knows none of these words",
      "train with [lm] and an item_text template, or say other words where the model has words of its own" + other_way,
      {.key = "text"});
}

std::string counted(std::int64_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

// What one user did: distinct items oldest first, and those that count as liked.
struct UserState {
  std::vector<std::int32_t> positives, seen;
};

void move_to_end(std::vector<std::int32_t>& items, std::int32_t item) {
  std::erase(items, item);
  items.push_back(item);
}

class ArtifactService : public RecommendationService {
 public:
  explicit ArtifactService(Artifact artifact) : artifact_(std::move(artifact)), users_(artifact_.users.size()) {
    popularity_ = std::vector<std::atomic<std::int64_t>>(artifact_.items.size());
    for (std::size_t i = 0; i < artifact_.histories.items.size(); ++i)
      if (artifact_.histories.positive[i])
        popularity_[artifact_.histories.items[i]].fetch_add(1, std::memory_order_relaxed);
    for (std::int64_t user = 0; user < artifact_.histories.users(); ++user)
      if (!artifact_.histories.seen(user).empty()) ++users_with_history_;
    for (const auto& [name, options] : artifact_.manifest.events) rules_.emplace(name, EventRule(options));
  }

  Recommendations recommend(const RecommendRequest& request) const override {
    check_k(request.k);
    if (!request.text.empty() && !reads_words() && !artifact_.model->personalises({.words = request.text}))
      no_words(", or ask with a user or a history");
    std::string note;
    const auto add_note = [&](std::string text) { note += (note.empty() ? "" : "; ") + std::move(text); };

    UserState state;
    bool known = false;
    if (request.user) {
      state = user_state(*request.user);
      known = !state.seen.empty();
      if (!known)
        add_note("user is unknown");
      else if (state.positives.empty())
        add_note("user has no liked item yet");
    }
    const bool had_positives = !state.positives.empty();
    bool has_session = false;
    for (const auto& id : request.history) {
      if (const auto item = artifact_.items.find(id)) {
        move_to_end(state.positives, *item);
        move_to_end(state.seen, *item);
        has_session = true;
      } else {
        add_note("history item '" + id + "' is unknown");
      }
    }
    std::vector<std::int32_t> exclude = state.seen;
    for (const auto& id : request.exclude)
      if (const auto item = artifact_.items.find(id)) exclude.push_back(*item);

    std::shared_ptr<const std::vector<std::uint8_t>> mask;
    if (!request.filter.empty()) mask = filter_mask(request.filter);
    const std::span<const std::uint8_t> eligible =
        mask ? std::span<const std::uint8_t>(*mask) : std::span<const std::uint8_t>();
    const RankOptions options{request.k, exclude, eligible};

    std::vector<float> text;
    if (!request.text.empty() && reads_words()) text = encode(request.text);
    const auto user_id = request.user ? artifact_.users.find(*request.user) : std::nullopt;
    // What training learnt of the user is older than a session or an event since.
    const bool newer = has_session || (request.user && has_new_events(*request.user));
    const Query query{.user = newer ? std::nullopt : user_id,
                      .history = state.positives,
                      .seen = state.seen,
                      .text = text,
                      .words = request.text};

    Recommendations out;
    std::vector<ScoredIndex> list;
    // Words say what somebody wants now: a model that reads none leaves them to the vectors.
    const Query words_only{.text = text, .words = request.text};
    const bool model_reads_text = !request.text.empty() && artifact_.model->personalises(words_only);
    if (!text.empty() && !model_reads_text) {
      out.strategy = "text";
      list = by_text(text, options);
      if (!state.positives.empty())
        add_note("model '" + model_name() + "' reads none of these words, so the history was left aside");
    } else if (artifact_.model->personalises(query)) {
      const bool words_alone = !request.text.empty() && !had_positives;
      out.strategy = has_session ? "session" : words_alone ? "text" : "personalised";
      list = genre::recommend(*artifact_.model, query, options);
      if (!request.text.empty() && state.positives.empty()) list = with_words(std::move(list));
    } else {
      out.strategy = "popular";
      if (!request.user && request.history.empty())
        add_note("nothing is known of the user");
      else if (note.empty())
        add_note("model '" + model_name() + "' does not personalise");
    }
    const std::size_t answered = list.size();
    if (static_cast<int>(list.size()) < request.k) fill_by_popularity(list, options);
    if (out.strategy != "popular" && list.size() > answered)
      add_note(counted(list.size() - answered, "item", "items") + " filled by popularity");
    out.fallback_reason = note;
    for (std::size_t i = 0; i < list.size(); ++i) {
      RecommendedItem item = describe(list[i]);
      if (request.explain)
        item.reason = i < answered ? reason(out.strategy, query, list[i].index) : popular_reason(list[i].index);
      out.items.push_back(std::move(item));
    }
    return out;
  }

  Recommendations similar(const std::string& id, int k) const override {
    check_k(k);
    const auto item = artifact_.items.find(id);
    if (!item) {
      const auto nearest = artifact_.items.size() <= 20000 ? nearest_name(id, artifact_.items.all()) : std::nullopt;
      throw Error(ErrorCode::kNotFound, "no item '" + id + "'",
                  nearest ? "nearest id: '" + *nearest + "'" : "item ids are those of the data", {.key = "item"});
    }
    Recommendations out{.strategy = "similar"};
    std::vector<ScoredIndex> list;
    if (const auto* finder = dynamic_cast<const FindsSimilarItems*>(artifact_.model.get()))
      list = finder->similar_items(*item, k);
    if (list.empty() && !artifact_.item_vectors.empty()) {
      if (dynamic_cast<const FindsSimilarItems*>(artifact_.model.get()) != nullptr)
        out.fallback_reason = "the item has no interactions, so its text was compared";
      const std::int32_t self[] = {*item};
      list = by_text(artifact_.item_vectors.row(*item), {k, self, {}});
    }
    for (const auto& entry : list) out.items.push_back(describe(entry));
    return out;
  }

  Recommendations search(const std::string& text, int k) const override {
    check_k(k);
    if (text.empty()) throw Error(ErrorCode::kUsage, "the text to search for is empty", "", {.key = "text"});
    const RankOptions options{k, {}, {}};
    const Query words{.words = text};
    std::vector<ScoredIndex> list;
    if (reads_words())
      list = by_text(encode(text), options);
    else if (artifact_.model->personalises(words))
      list = with_words(genre::recommend(*artifact_.model, words, options));
    else
      no_words("");
    Recommendations out{.strategy = "search"};
    if (list.empty()) out.fallback_reason = "these words tell no item from another";
    for (const auto& entry : list) out.items.push_back(describe(entry));
    return out;
  }

  bool apply_event(const std::string& user, const std::string& item_id, const std::string& type, float value,
                   std::int64_t) override {
    const auto item = artifact_.items.find(item_id);
    if (!item) return false;
    const auto rule = rules_.find(type);
    const bool positive = rule == rules_.end() || rule->second.positive(value);
    const std::unique_lock lock(mutex_);
    const auto [entry, added] = live_.try_emplace(user);
    UserState& state = entry->second;
    if (added) state = base_state(user);
    if (state.seen.empty()) ++users_with_history_;
    move_to_end(state.seen, *item);
    if (positive) {
      if (std::find(state.positives.begin(), state.positives.end(), *item) == state.positives.end())
        popularity_[*item].fetch_add(1, std::memory_order_relaxed);
      move_to_end(state.positives, *item);
    }
    return true;
  }

  std::int64_t users() const override { return users_with_history_.load(); }
  std::int64_t items() const override { return artifact_.items.size(); }
  bool knows_item(std::string_view item) const override { return artifact_.items.find(item).has_value(); }
  std::string model_name() const override { return artifact_.manifest.model; }
  std::string artifact_digest() const override { return artifact_.digest; }

  std::vector<std::string> example_users(int count) const override {
    std::vector<std::int32_t> order(users_);
    for (std::int32_t user = 0; user < users_; ++user) order[user] = user;
    const auto top = std::min<std::size_t>(order.size(), static_cast<std::size_t>(std::max(count, 0)));
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(top), order.end(),
                      [&](std::int32_t a, std::int32_t b) {
                        const auto x = artifact_.histories.seen(a).size(), y = artifact_.histories.seen(b).size();
                        return x != y ? x > y : a < b;
                      });
    std::vector<std::string> out;
    for (std::size_t i = 0; i < top; ++i) out.push_back(artifact_.users.external(order[i]));
    return out;
  }

  std::vector<ItemSummary> history(const std::string& user, int count) const override {
    const UserState state = user_state(user);
    std::vector<ItemSummary> out;
    for (auto item = state.seen.rbegin(); item != state.seen.rend() && static_cast<int>(out.size()) < count; ++item)
      out.push_back({artifact_.items.external(*item), title(*item)});
    return out;
  }

 private:
  static void check_k(int k) {
    if (k < 1 || k > kMaximumK)
      throw Error(ErrorCode::kUsage, fmt::format("k is {}, wanted 1 to {}", k, kMaximumK), "", {.key = "k"});
  }

  UserState base_state(const std::string& user) const {
    UserState out;
    const auto id = artifact_.users.find(user);
    if (!id) return out;
    const auto seen = artifact_.histories.seen(*id);
    out.seen.assign(seen.begin(), seen.end());
    out.positives = artifact_.histories.positives(*id);
    return out;
  }

  UserState user_state(const std::string& user) const {
    const std::shared_lock lock(mutex_);
    const auto found = live_.find(user);
    return found != live_.end() ? found->second : base_state(user);
  }

  bool has_new_events(const std::string& user) const {
    const std::shared_lock lock(mutex_);
    return live_.contains(user);
  }

  // Of an answer to words alone, the items that have any of them, where the model's scores tell: elsewhere 0 is a score
  // as any other.
  std::vector<ScoredIndex> with_words(std::vector<ScoredIndex> list) const {
    if (dynamic_cast<const SparseContent*>(artifact_.model.get()) != nullptr)
      std::erase_if(list, [](const ScoredIndex& one) { return one.score == 0; });
    return list;
  }

  // Vectors of a file have no encoder that could put words beside them.
  bool reads_words() const { return !artifact_.item_vectors.empty() && artifact_.manifest.lm.model != "none"; }

  const TextEncoder& encoder() const {
    std::call_once(encoder_once_, [&] {
      auto loaded = std::make_unique<TextEncoder>(resolve_model(artifact_.manifest.lm.model), artifact_.manifest.lm);
      if (loaded->id() != artifact_.manifest.encoder_id)
        throw Error(
            ErrorCode::kData,
            "the language model '" + artifact_.manifest.lm.model + "' is not the one that made the item vectors",
            "train again");
      encoder_ = std::move(loaded);
    });
    return *encoder_;
  }

  std::vector<float> encode(const std::string& text) const { return encoder().encode_one(text, TextRole::kQuery); }

  std::vector<ScoredIndex> by_text(std::span<const float> text, const RankOptions& options) const {
    const Matrix& vectors = artifact_.item_vectors;
    std::vector<float> scores(vectors.rows());
    for (std::int64_t i = 0; i < vectors.rows(); ++i) {
      const bool out = artifact_.item_texts[i].empty() || (!options.eligible.empty() && !options.eligible[i]);
      scores[i] = out ? kMasked : dot(text.data(), vectors.row(i).data(), vectors.cols());
    }
    for (const std::int32_t item : options.exclude) scores[item] = kMasked;
    return top_k(scores, options.k);
  }

  void fill_by_popularity(std::vector<ScoredIndex>& list, const RankOptions& options) const {
    std::vector<float> scores(popularity_.size());
    for (std::size_t i = 0; i < scores.size(); ++i)
      scores[i] = options.eligible.empty() || options.eligible[i]
                      ? static_cast<float>(popularity_[i].load(std::memory_order_relaxed))
                      : kMasked;
    for (const std::int32_t item : options.exclude) scores[item] = kMasked;
    for (const auto& entry : list) scores[entry.index] = kMasked;
    for (const auto& entry : top_k(scores, options.k - static_cast<int>(list.size()))) list.push_back(entry);
  }

  std::shared_ptr<const std::vector<std::uint8_t>> filter_mask(const std::string& expression) const {
    {
      const std::lock_guard lock(filter_mutex_);
      const auto found = filters_.find(expression);
      if (found != filters_.end()) return found->second;
    }
    auto mask = std::make_shared<const std::vector<std::uint8_t>>(
        Filter(expression, artifact_.item_fields).mask(artifact_.items.size()));
    const std::lock_guard lock(filter_mutex_);
    if (filters_.size() >= kFilterCache) filters_.clear();
    filters_[expression] = mask;
    return mask;
  }

  std::string title(std::int32_t item) const {
    const std::string_view field = artifact_.item_fields.get("title", item);
    if (!field.empty()) return std::string(field);
    return artifact_.item_texts[item].empty() ? artifact_.items.external(item) : artifact_.item_texts[item];
  }

  RecommendedItem describe(const ScoredIndex& entry) const {
    return {artifact_.items.external(entry.index), entry.score, title(entry.index), ""};
  }

  std::string popular_reason(std::int32_t item) const {
    return "popular: " + counted(popularity_[item].load(std::memory_order_relaxed), "person", "people") + " liked it";
  }

  std::string reason(const std::string& strategy, const Query& query, std::int32_t item) const {
    if (strategy == "text") return "close to your words";
    std::string out;
    if (const auto* explains = dynamic_cast<const Explains*>(artifact_.model.get())) {
      for (const auto& part : explains->explain(query, item, 2))
        out += (out.empty() ? "because of " : " and ") + title(part.index);
      if (!query.words.empty()) out = out.empty() ? "close to your words" : "close to your words, and " + out;
    }
    return out;
  }

  Artifact artifact_;
  std::int32_t users_;
  std::unordered_map<std::string, EventRule> rules_;
  std::vector<std::atomic<std::int64_t>> popularity_;
  std::atomic<std::int64_t> users_with_history_{0};
  mutable std::shared_mutex mutex_;  // guards live_
  std::unordered_map<std::string, UserState> live_;
  mutable std::once_flag encoder_once_;
  mutable std::unique_ptr<TextEncoder> encoder_;
  mutable std::mutex filter_mutex_;
  mutable std::unordered_map<std::string, std::shared_ptr<const std::vector<std::uint8_t>>> filters_;
};

}  // namespace

std::unique_ptr<RecommendationService> RecommendationService::open(const fs::path& run) {
  std::error_code error;
  if (!fs::exists(run, error))
    throw Error(ErrorCode::kNotFound, "no such run", "'ls runs' lists them; 'genre train CONFIG' makes one",
                {.file = run.string()});
  const fs::path folder = fs::exists(run / "artifact", error) ? run / "artifact" : run;
  return std::make_unique<ArtifactService>(load_artifact(folder));
}

}  // namespace genre
