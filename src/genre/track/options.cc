#include "genre/track/options.h"

#include "genre/base/error.h"

namespace genre {

void TrackOptions::fields(config::Fields& f) {
  f.text("mlflow", mlflow, "address of an MLflow server, as http://127.0.0.1:5000; empty: none", config::InDigest::kNo);
  f.text("experiment", experiment, "experiment of the MLflow server that lists the run", config::InDigest::kNo);
}

void check_track_options(const TrackOptions& options) {
  const std::string& address = options.mlflow;
  if (address.empty()) return;
  const std::size_t scheme = address.starts_with("http://") ? 7 : address.starts_with("https://") ? 8 : 0;
  if (scheme == 0)
    throw Error(ErrorCode::kConfig, "wanted an address of http:// or https://, found '" + address + "'",
                "as in http://127.0.0.1:5000", {.key = "track.mlflow"});
  if (address.substr(scheme, address.find('/', scheme) - scheme).find('@') != std::string::npos)
    throw Error(ErrorCode::kConfig, "the address carries a name or password, which a run folder would keep",
                "put them into MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or a token into "
                "MLFLOW_TRACKING_TOKEN",
                {.key = "track.mlflow"});
  if (options.experiment.empty())
    throw Error(ErrorCode::kConfig, "the experiment has no name", "", {.key = "track.experiment"});
}

}  // namespace genre
