// genre-trainer --spec RUN/spec.json: trains what the run's config.toml says, in the run's folder.
//
// Under mpirun several of them train together: mpirun -n 2 genre-trainer --spec RUN/spec.json.
//
// spec.json: {"resume": whether to go on from the run's checkpoint}, {"plan": true} to say what it will take, or
// {"sweep": steps of a sweep over learning rates}. stdout has one JSON object a line, each with the field `event`:
// those of torch/finetune.h, or error; stderr has text. Exit codes are those of genre; SIGINT, SIGTERM and SIGUSR1,
// which mpirun hands on, leave a checkpoint and end with 130.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/interrupt.h"
#include "genre/parallel/processes.h"
#include "genre/torch/finetune.h"

namespace genre::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

void print_event(const std::string& event, const Json& fields) {
  Json out = {{"event", event}};
  out.update(fields);
  std::puts(out.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
  std::fflush(stdout);
}

enum class GoesOn { kNo, kYes };  // whether a checkpoint was written for it

int fail(const Error& error, GoesOn goes_on = GoesOn::kNo) {
  const auto text = [](const std::string& value) { return value.empty() ? Json(nullptr) : Json(value); };
  print_event("error", {{"code", error_name(error.code())},
                        {"message", error.message()},
                        {"hint", text(error.hint())},
                        {"file", text(error.place().file)},
                        {"line", error.place().line > 0 ? Json(error.place().line) : Json(nullptr)},
                        {"key", text(error.place().key)},
                        {"goes_on", goes_on == GoesOn::kYes}});
  return exit_code(error.code());
}

// The first process alone has events; the others say on stderr what became of them.
int fail(const Error& error, const Processes& together, GoesOn goes_on = GoesOn::kNo) {
  if (together.first()) return fail(error, goes_on);
  if (error.code() != ErrorCode::kInterrupted)
    std::fprintf(stderr, "process %d of %d: %s\n", together.rank(), together.count(), error.what());
  return exit_code(error.code());
}

int train(const fs::path& folder, const nlohmann::json& spec, Processes& together) {
  try {
    if (spec.contains("sweep")) {
      if (together.count() > 1)
        throw Error(ErrorCode::kUsage, "a sweep over learning rates runs in one process", "start it without mpirun");
      trainer::find_learning_rate(folder, spec.at("sweep").get<int>(), &print_event);
    } else if (spec.value("plan", false)) {
      trainer::plan_finetuning(folder, &print_event);
    } else {
      const auto start = spec.value("resume", false) ? trainer::Start::kResume : trainer::Start::kAnew;
      trainer::finetune(folder, start, together, &print_event);
    }
    return 0;
  } catch (const LostProcess& lost) {
    return fail(lost, together, GoesOn::kYes);
  } catch (const Error& error) {
    return fail(error, together);
  } catch (const std::bad_alloc&) {
    return fail(Error(ErrorCode::kResources, "out of memory", "lower finetune.batch or finetune.maximum_tokens"),
                together);
  } catch (const std::exception& error) {
    return fail(Error(ErrorCode::kRuntime, error.what()), together);
  }
}

int run(int argc, char** argv) {
  if (argc != 3 || std::string(argv[1]) != "--spec") {
    std::fputs("usage: genre-trainer --spec RUN/spec.json\n'genre lm finetune CONFIG' writes the file and starts it.\n",
               stderr);
    return exit_code(ErrorCode::kUsage);
  }
  try {
    const fs::path path = argv[2];
    const auto spec = nlohmann::json::parse(read_file(path), nullptr, /*allow_exceptions=*/false);
    if (!spec.is_object())
      throw Error(ErrorCode::kData, "the specification is no JSON object", "", {.file = path.string()});
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    const auto together = join_processes();
    const int code = train(folder, spec, *together);
    // All were told to stop and came to the same step; after any other end the others may wait for this one.
    if (code != 0 && code != exit_code(ErrorCode::kInterrupted) && together->count() > 1) together->leave(code);
    return code;
  } catch (const Error& error) {
    return fail(error);
  }
}

}  // namespace
}  // namespace genre::app

int main(int argc, char** argv) {
  // Large tensors come in large pages where the system gives these on request, with fewer faults; libtorch asks at its
  // first.
  setenv("THP_MEM_ALLOC_ENABLE", "1", /*overwrite=*/0);
  // oneDNN and its wrapper keep what they made for the last 1,024 shapes, half a gigabyte, and hardly two steps have as
  // many tokens; these hold the shapes of one.
  setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64", /*overwrite=*/0);
  setenv("LRU_CACHE_CAPACITY", "64", /*overwrite=*/0);
  genre::install_interrupt_handler();
  return genre::app::run(argc, argv);
}
