#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <deque>

#include "genre/base/file.h"
#include "genre/base/log.h"
#include "genre/lm/choice_constraint.h"
#include "genre/lm/generator.h"
#include "genre/lm/json_constraint.h"
#include "lm_decoder.h"

namespace genre::app {
namespace {

using Clock = std::chrono::steady_clock;

struct LmGenerateArguments {
  DecoderArguments decoder;
  GenerationRequest request;  // all but the prompt
  GeneratorOptions generator;
  std::string prompt, input, schema, choices;
};

std::shared_ptr<const TokenConstraint> constraint_of(const LmGenerateArguments& arguments, const Decoder& decoder) {
  if (!arguments.schema.empty()) {
    const auto vocabulary = std::make_shared<VocabularyTree>(decoder.tokenizer());
    return std::make_shared<JsonConstraint>(vocabulary, read_file(arguments.schema), arguments.schema);
  }
  if (arguments.choices.empty()) return nullptr;
  std::vector<std::vector<std::int32_t>> choices;
  for_each_line(arguments.choices, [&](const std::string& line, std::int64_t) {
    if (!line.empty()) choices.push_back(decoder.tokenizer().encode_plain(line));
  });
  return std::make_shared<ChoiceConstraint>(std::move(choices));
}

nlohmann::ordered_json fields_of(const Generation& generation) {
  return {{"text", generation.text},
          {"prompt_tokens", generation.prompt_tokens},
          {"generated_tokens", generation.ids.size()},
          {"prefill_tokens_per_second", generation.prefill_tokens_per_second()},
          {"decode_tokens_per_second", generation.decode_tokens_per_second()},
          {"stop_reason", stop_reason_name(generation.stop_reason)},
          {"shared_prompt_tokens", generation.shared_tokens}};
}

void generate_one(const LmGenerateArguments& arguments, const PromptedDecoder& model, GenerationRequest request) {
  request.prompt = model.prompt_ids(arguments.prompt);
  if (!output().json)
    request.on_text = [](std::string_view piece) {
      std::fwrite(piece.data(), 1, piece.size(), stdout);
      std::fflush(stdout);
    };
  Generator generator(model.decoder, arguments.generator);
  const Generation generation = generator.submit(std::move(request)).result.get();
  if (output().json) return print_json("lm.generate", fields_of(generation));
  std::puts("");
  log_info(fmt::format("{} prompt tokens at {:.0f}/s, {} tokens at {:.0f}/s, ended by {}", generation.prompt_tokens,
                       generation.prefill_tokens_per_second(), generation.ids.size(),
                       generation.decode_tokens_per_second(), stop_reason_name(generation.stop_reason)));
}

// A line is a prompt or, in files named .jsonl, {prompt, seed, max_tokens}.
GenerationRequest request_of(const LmGenerateArguments& arguments, const PromptedDecoder& model,
                             GenerationRequest request, const std::string& line) {
  if (!arguments.input.ends_with(".jsonl")) {
    request.prompt = model.prompt_ids(line);
    return request;
  }
  const auto record = parse_record(line, {"prompt", "seed", "max_tokens"});
  try {
    request.prompt = model.prompt_ids(record["prompt"].get<std::string>());
    request.sampling.seed = record.value("seed", request.sampling.seed);
    request.max_tokens = record.value("max_tokens", request.max_tokens);
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorCode::kData, "prompt is a text, seed and max_tokens are whole numbers");
  }
  return request;
}

void generate_lines(const LmGenerateArguments& arguments, const PromptedDecoder& model,
                    const GenerationRequest& common) {
  struct Pending {
    std::int64_t line;
    std::future<Generation> result;
  };
  std::deque<Pending> pending;
  std::size_t texts = 0, tokens = 0;
  const auto begin = Clock::now();
  Generator generator(model.decoder, arguments.generator);
  const auto print = [&] {
    Generation generation;
    try {
      generation = pending.front().result.get();
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kInterrupted) throw;
      throw Error(error.code(), error.message(), error.hint(), {.file = arguments.input, .line = pending.front().line});
    }
    pending.pop_front();
    ++texts;
    tokens += generation.ids.size();
    print_json("lm.generate", fields_of(generation));
    std::fflush(stdout);
  };
  for_each_line(arguments.input, [&](const std::string& line, std::int64_t number) {
    auto request = request_of(arguments, model, common, line);
    pending.push_back({number, generator.submit(std::move(request)).result});
    while (!pending.empty() && pending.front().result.wait_for(std::chrono::seconds(0)) == std::future_status::ready)
      print();
  });
  while (!pending.empty()) print();
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  log_info(fmt::format("{} texts, {} tokens in {:.2f} s ({:.0f} tokens/s)", texts, tokens, seconds,
                       static_cast<double>(tokens) / seconds));
}

void generate(const LmGenerateArguments& arguments) {
  validate(arguments.request.sampling);
  const PromptedDecoder model(arguments.decoder);
  GenerationRequest request = arguments.request;
  request.constraint = constraint_of(arguments, model.decoder);
  if (arguments.input.empty())
    generate_one(arguments, model, std::move(request));
  else
    generate_lines(arguments, model, request);
}

}  // namespace

void add_lm_generate(CLI::App& parent) {
  auto arguments = std::make_shared<LmGenerateArguments>();
  auto* const verb = add_verb(parent, "generate", "write a text that continues a prompt",
                              "  genre lm generate --chat --prompt 'Name three films about time travel.'\n"
                              "  genre lm generate --prompt 'Genres of Heat (1995):' --json-schema genres.json --json\n"
                              "  genre lm generate --input prompts.txt --max-tokens 40 > answers.jsonl\n");
  arguments->decoder.add_options(*verb);
  auto* const prompt = verb->add_option("--prompt", arguments->prompt, "the text to continue");
  auto* const input =
      verb->add_option("--input", arguments->input,
                       "file with one prompt a line, or JSON lines {prompt, seed, max_tokens} where it is "
                       "named .jsonl; - for standard input; JSON lines come out, in order");
  input->excludes(prompt);
  auto& request = arguments->request;
  verb->add_option("--max-tokens", request.max_tokens, "end the text after so many tokens")->capture_default_str();
  auto& sampling = request.sampling;
  verb->add_option("--temperature", sampling.temperature, "0: always the likeliest token")->capture_default_str();
  verb->add_option("--top-k", sampling.top_k, "draw among the k likeliest tokens (0: all)")->capture_default_str();
  verb->add_option("--top-p", sampling.top_p, "draw among the likeliest tokens that have this probability together")
      ->capture_default_str();
  verb->add_option("--min-p", sampling.min_p, "draw among tokens with this share of the likeliest one's probability")
      ->capture_default_str();
  verb->add_option("--repetition-penalty", sampling.repetition_penalty,
                   "above 1: tokens that were there become less likely")
      ->capture_default_str();
  verb->add_option("--seed", sampling.seed, "of the draws; the same text for the same seed")->capture_default_str();
  verb->add_option("--stop", request.stop, "end the text before this string; may be given several times")
      ->allow_extra_args(false);
  auto* const schema =
      verb->add_option("--json-schema", arguments->schema, "file with the schema that the text satisfies");
  verb->add_option("--choices", arguments->choices, "file with one allowed text a line")->excludes(schema);
  verb->add_option("--concurrent", arguments->generator.concurrent, "texts of --input that are written at once")
      ->capture_default_str();
  verb->callback([arguments, prompt, input] {
    if (prompt->empty() && input->empty())
      throw Error(ErrorCode::kUsage, "there is nothing to continue", "give --prompt TEXT or --input FILE");
    generate(*arguments);
  });
}

}  // namespace genre::app
