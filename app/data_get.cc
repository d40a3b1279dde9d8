#include <cstdio>

#include "data_verbs.h"
#include "genre/data/dataset_catalogue.h"

namespace genre::app {
namespace {

struct DataGetArguments {
  std::string name, output;
};

void get(const DataGetArguments& arguments) {
  // Before anything is fetched, so that a failure shows the terms and the page too.
  for (const auto& dataset : catalogue_datasets())
    if (dataset.name == arguments.name) std::fprintf(stderr, "%s\n%s\n", dataset.licence.c_str(), dataset.home.c_str());
  const FetchedDataset fetched = fetch_dataset(arguments.name, arguments.output);
  if (output().json)
    print_json(
        "data.get",
        {{"folder", fetched.folder.string()}, {"config", fetched.config.string()}, {"licence", fetched.licence}});
  else
    std::printf("%s\n", fetched.config.string().c_str());
}

void list() {
  auto datasets = nlohmann::ordered_json::array();
  for (const auto& dataset : catalogue_datasets()) {
    datasets.push_back(
        {{"name", dataset.name}, {"meaning", dataset.doc}, {"licence", dataset.licence}, {"home", dataset.home}});
    if (!output().json) std::printf("%-16s %s\n", dataset.name.c_str(), dataset.doc.c_str());
  }
  if (output().json) print_json("data.list", {{"datasets", datasets}});
}

}  // namespace

void add_data_get(CLI::App& data) {
  auto arguments = std::make_shared<DataGetArguments>();
  auto* const verb = add_verb(data, "get", "fetch a public dataset and a configuration that reads it",
                              "  genre data get ml-100k --output ml-100k\n");
  verb->add_option("name", arguments->name, "name in the catalogue")->required();
  verb->add_option("--output", arguments->output, "folder (default: the cache)");
  verb->callback([arguments] { get(*arguments); });
  add_verb(data, "list", "the dataset catalogue", "")->callback([] { list(); });
}

}  // namespace genre::app
