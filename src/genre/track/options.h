// Where the metrics of a training go beside its run folder: [track].
#pragma once

#include <string>

#include "genre/config/fields.h"

namespace genre {

struct TrackOptions {
  std::string mlflow;                // address of an MLflow server; empty: none
  std::string experiment = "genre";  // where its run is listed there
  void fields(config::Fields& f);
};

// Throws Error(kConfig) for an address that is none of http:// or https://, or that carries a password.
void check_track_options(const TrackOptions& options);

}  // namespace genre
