#include <cstdio>

#include "genre/lm/candidate_scorer.h"
#include "lm_decoder.h"

namespace genre::app {
namespace {

struct LmScoreArguments {
  DecoderArguments decoder;
  std::string input = "-";
};

void score(const LmScoreArguments& arguments) {
  const PromptedDecoder model(arguments.decoder);
  for_each_line(arguments.input, [&](const std::string& line, std::int64_t) {
    const auto record = parse_record(line, {"prompt", "candidates"});
    std::vector<std::int32_t> prompt;
    std::vector<std::vector<std::int32_t>> candidates;
    try {
      prompt = model.prompt_ids(record["prompt"].get<std::string>());
      for (const auto& candidate : record.at("candidates"))
        candidates.push_back(model.decoder.tokenizer().encode_plain(candidate.get<std::string>()));
    } catch (const nlohmann::json::exception&) {
      throw Error(ErrorCode::kData, "prompt is a text, candidates is a list of texts");
    }
    std::vector<std::size_t> tokens;
    for (const auto& candidate : candidates) tokens.push_back(candidate.size());
    print_json("lm.score",
               {{"log_probabilities", score_candidates(model.decoder, prompt, candidates)}, {"tokens", tokens}});
    std::fflush(stdout);
  });
}

}  // namespace

void add_lm_score(CLI::App& parent) {
  auto arguments = std::make_shared<LmScoreArguments>();
  auto* const verb = add_verb(parent, "score",
                              "log-probabilities (nats) of given continuations: JSON lines {prompt, candidates[]} in, "
                              "{log_probabilities[]} out",
                              "  echo '{\"prompt\": \"Toy Story is a film for\", \"candidates\": [\" children\", \" "
                              "adults\"]}' | genre lm score\n");
  arguments->decoder.add_options(*verb);
  verb->add_option("--input", arguments->input, "file of JSON lines; - for standard input")->capture_default_str();
  verb->callback([arguments] { score(*arguments); });
}

}  // namespace genre::app
