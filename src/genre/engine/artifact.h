// The folder that serving needs and nothing else: manifest.json, weights.safetensors, histories.safetensors,
// golden.safetensors (golden_queries.h), vectors.safetensors (where a language model was used), items.tsv, users.tsv,
// items.jsonl. Written whole or not at all; every file's size and SHA-256 stand in the manifest and are checked before
// anything is read, and the model has to answer as it did when it was written.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "genre/data/dataset.h"
#include "genre/data/options.h"
#include "genre/engine/user_histories.h"
#include "genre/linalg/matrix.h"
#include "genre/lm/options.h"
#include "genre/rec/recommender.h"

namespace genre {

inline constexpr int kArtifactFormat = 1;

struct ArtifactManifest {
  std::string model;          // recommender name
  std::string model_options;  // its parameters as TOML
  std::string config_digest;
  std::string dataset_name, dataset_fingerprint;
  std::int64_t users = 0, items = 0, interactions = 0;
  LmOptions lm;  // model "none" where no vectors are kept
  std::string encoder_id;
  std::map<std::string, EventTypeOptions> events;
  std::map<std::string, double> metrics;
};

// What write_artifact stores; views outlive the call.
struct ArtifactContent {
  ArtifactManifest manifest;
  const Recommender* model = nullptr;
  const Dataset* dataset = nullptr;
  const UserHistories* histories = nullptr;
  const CsrMatrix* trained = nullptr;                    // U x I, what the model has learnt from; null: of all of it
  const std::vector<std::string>* item_texts = nullptr;  // I
  ConstMatrixView item_vectors;                          // I x D or empty
};

// Returns the bytes written. Throws Error(kResources).
std::int64_t write_artifact(const ArtifactContent& content, const std::filesystem::path& folder);

struct Artifact {
  ArtifactManifest manifest;
  std::string digest;  // SHA-256 of manifest.json
  std::unique_ptr<Recommender> model;
  IdMap users, items;
  FieldTable item_fields;
  std::vector<std::string> item_texts;
  UserHistories histories;
  std::vector<std::uint8_t> trained;  // aligned with histories.items: 1 where the model has learnt from it
  Matrix item_vectors;
};

// Throws Error(kNotFound) when there is no manifest, Error(kData) naming the file and the fault, or the answer that is
// another than it was. An artifact without golden queries, as earlier versions wrote it, is not asked.
Artifact load_artifact(const std::filesystem::path& folder);

}  // namespace genre
