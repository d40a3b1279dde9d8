#include "genre/track/options.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"

namespace genre {

TEST(TrackOptions, AnAddressIsHttpAndCarriesNoPassword) {
  for (const char* good : {"", "http://127.0.0.1:5000", "https://mlflow.example.org/sub/path@2"})
    EXPECT_NO_THROW(check_track_options({.mlflow = good})) << good;
  for (const char* bad :
       {"127.0.0.1:5000", "ftp://host", "databricks", "http://me:secret@host:5000", "https://me@host"}) {
    try {
      check_track_options({.mlflow = bad});
      ADD_FAILURE() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kConfig);
      EXPECT_EQ(error.place().key, "track.mlflow");
      EXPECT_EQ(error.message().find("secret"), std::string::npos);
    }
  }
  EXPECT_THROW(check_track_options({.mlflow = "http://host", .experiment = ""}), Error);
}

TEST(TrackOptions, WhereMetricsGoDoesNotChangeADigest) {
  TrackOptions options;
  config::Fields f;
  options.fields(f);
  EXPECT_EQ(f.all().size(), 2u);
  EXPECT_TRUE(f.digest_values().table()->empty());
}

}  // namespace genre
