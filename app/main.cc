#include <cstdio>
#include <string>
#include <vector>

#include "command.h"
#include "genre/base/interrupt.h"
#include "genre/base/log.h"
#include "genre/base/progress.h"
#include "genre/base/text_distance.h"

namespace genre::app {
namespace {

constexpr const char* kVersion = "genre 0.1.0";

constexpr const char* kStart =
    R"(genre: recommendations from behaviour logs and item text, with a language model inside.

Start here:
  genre demo                       the whole pipeline on MovieLens-100K, in minutes
  genre init --interactions FILE   a commented configuration for your own files
  genre train genre.toml           prepare, embed, train
  genre evaluate genre.toml        honest numbers beside the classical models
  genre recommend RUN --user ID    ask a trained model
  genre serve RUN                  answer over HTTP

'genre --help' lists every command, 'genre COMMAND --help' explains one.
)";

// "error: unknown command 'trian'" with the nearest verb, or what CLI11 says of the arguments.
int usage_error(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  std::vector<std::string> verbs;
  for (const auto* verb : app.get_subcommands({})) verbs.push_back(verb->get_name());
  std::string message = error.what(), hint;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument.starts_with("-")) continue;
    if (std::find(verbs.begin(), verbs.end(), argument) != verbs.end()) {
      hint = "'genre " + argument + " --help' explains it";
    } else {
      message = "unknown command '" + argument + "'";
      const auto nearest = nearest_name(argument, verbs);
      hint = nearest ? "did you mean 'genre " + *nearest + "'?" : "'genre --help' lists every command";
    }
    break;
  }
  print_error(Error(ErrorCode::kUsage, message, hint));
  return exit_code(ErrorCode::kUsage);
}

int run(int argc, char** argv) {
  CLI::App app("Recommendations from behaviour logs and item text, with a language model inside.", "genre");
  app.set_version_flag("--version", kVersion);
  bool quiet = false, verbose = false;
  app.add_flag("-q,--quiet", quiet, "no progress, warnings only");
  app.add_flag("-v,--verbose", verbose, "more on stderr");
  app.require_subcommand(0, 1);
  app.fallthrough();
  add_demo(app);
  add_init(app);
  add_data(app);
  add_train(app);
  add_evaluate(app);
  add_recommend(app);
  add_serve(app);
  add_lm(app);
  add_models(app);
  add_metrics(app);
  add_off_policy(app);
  add_config(app);
  app.add_subcommand("version", "print the version")->callback([] { std::puts(kVersion); });
  app.parse_complete_callback([&] {
    if (quiet) set_progress_mode(ProgressMode::kOff);
    if (quiet) set_log_level(LogLevel::kWarning);
    if (verbose) set_log_level(LogLevel::kDebug);
  });
  for (int i = 1; i < argc; ++i)
    if (std::string(argv[i]) == "--json") output().json = true;  // so that even a parse error is JSON
  if (argc == 1) {
    std::fputs(kStart, stdout);
    return 0;
  }
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::Success& e) {
    return app.exit(e);  // --help and --version
  } catch (const CLI::RuntimeError& e) {
    return e.get_exit_code();  // of a verb that has printed its result
  } catch (const CLI::ParseError& e) {
    return usage_error(app, e, argc, argv);
  } catch (const Error& e) {
    print_error(e);
    return exit_code(e.code());
  } catch (const std::bad_alloc&) {
    print_error(Error(ErrorCode::kResources, "out of memory", "'genre train CONFIG --plan' prints what is needed"));
    return exit_code(ErrorCode::kResources);
  } catch (const std::exception& e) {
    print_error(Error(ErrorCode::kRuntime, e.what()));
    return exit_code(ErrorCode::kRuntime);
  }
}

}  // namespace
}  // namespace genre::app

int main(int argc, char** argv) {
  genre::install_interrupt_handler();
  return genre::app::run(argc, argv);
}
