#include <cstdio>
#include <sstream>

#include "command.h"
#include "genre/engine/recommendation_service.h"

namespace genre::app {
namespace {

struct RecommendArguments {
  std::string run, user, history, text, filter, exclude, item;
  int k = 10;
  bool explain = false;
};

std::vector<std::string> split_ids(const std::string& list) {
  std::vector<std::string> out;
  std::istringstream in(list);
  std::string id;
  while (std::getline(in, id, ','))
    if (!id.empty()) out.push_back(id);
  return out;
}

void print(const std::string& verb, const Recommendations& result) {
  if (output().json) {
    auto items = nlohmann::ordered_json::array();
    for (const auto& item : result.items) {
      nlohmann::ordered_json entry = {{"item", item.item}, {"score", item.score}, {"title", item.title}};
      if (!item.reason.empty()) entry["reason"] = item.reason;
      items.push_back(entry);
    }
    print_json(verb,
               {{"strategy", result.strategy},
                {"fallback_reason", result.fallback_reason.empty() ? nlohmann::ordered_json(nullptr)
                                                                   : nlohmann::ordered_json(result.fallback_reason)},
                {"items", items}});
    return;
  }
  if (!result.fallback_reason.empty())
    std::fprintf(stderr, "%s: %s\n", result.strategy.c_str(), result.fallback_reason.c_str());
  int rank = 0;
  for (const auto& item : result.items) {
    std::printf("%3d  %-10s %8.4f  %s", ++rank, item.item.c_str(), item.score, item.title.c_str());
    if (!item.reason.empty()) std::printf("  (%s)", item.reason.c_str());
    std::printf("\n");
  }
}

}  // namespace

void add_recommend(CLI::App& app) {
  auto arguments = std::make_shared<RecommendArguments>();
  auto* const recommend = add_verb(app, "recommend", "items for a known user, for a history, or for words",
                                   "  genre recommend RUN --user 42\n  genre recommend RUN --history 50,181 -k 5 "
                                   "--explain\n  genre recommend RUN --text \"a quiet film about space\"\n");
  recommend->add_option("run", arguments->run, "run folder")->required();
  recommend->add_option("--user", arguments->user, "user id of the data");
  recommend->add_option("--history", arguments->history, "item ids, oldest first: A,B,C");
  recommend->add_option("--text", arguments->text, "what somebody wants, in words");
  recommend->add_option("-k", arguments->k, "items to return, 1 to 1000")->capture_default_str();
  recommend->add_option("--filter", arguments->filter,
                        "expression over item fields: year >= 1990 and genres contains \"Comedy\"");
  recommend->add_option("--exclude", arguments->exclude, "item ids to leave out: A,B");
  recommend->add_flag("--explain", arguments->explain, "say why");
  recommend->callback([arguments] {
    RecommendRequest request;
    if (!arguments->user.empty()) request.user = arguments->user;
    request.history = split_ids(arguments->history);
    request.text = arguments->text;
    request.k = arguments->k;
    request.filter = arguments->filter;
    request.exclude = split_ids(arguments->exclude);
    request.explain = arguments->explain;
    print("recommend", RecommendationService::open(arguments->run)->recommend(request));
  });

  auto* const similar = add_verb(app, "similar", "items like an item", "  genre similar RUN --item 50\n");
  similar->add_option("run", arguments->run, "run folder")->required();
  similar->add_option("--item", arguments->item, "item id")->required();
  similar->add_option("-k", arguments->k, "items to return, 1 to 1000")->capture_default_str();
  similar->callback([arguments] {
    print("similar", RecommendationService::open(arguments->run)->similar(arguments->item, arguments->k));
  });

  auto* const search =
      add_verb(app, "search", "items whose text is close to the words", "  genre search RUN --text \"space opera\"\n");
  search->add_option("run", arguments->run, "run folder")->required();
  search->add_option("--text", arguments->text, "words to search for")->required();
  search->add_option("-k", arguments->k, "items to return, 1 to 1000")->capture_default_str();
  search->callback([arguments] {
    print("search", RecommendationService::open(arguments->run)->search(arguments->text, arguments->k));
  });
}

}  // namespace genre::app
