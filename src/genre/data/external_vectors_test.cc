#include "genre/data/external_vectors.h"

#include <duckdb.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "genre/base/error.h"
#include "genre/data/temporary_folder.h"
#include "genre/linalg/npy.h"

namespace genre {
namespace {

namespace fs = std::filesystem;

Dataset three_items() {
  Dataset out;
  out.items = IdMap({"a", "b", "c"});
  return out;
}

void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

ErrorCode code_of(const ItemVectorOptions& options, const fs::path& folder) {
  try {
    read_item_vectors(options, folder, three_items());
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kInterrupted;
}

void expect_vectors(const Matrix& out) {
  ASSERT_EQ(out.rows(), 3);
  ASSERT_EQ(out.cols(), 2);
  EXPECT_FLOAT_EQ(out.row(0)[0], 0.6f);
  EXPECT_FLOAT_EQ(out.row(0)[1], 0.8f);
  EXPECT_EQ(out.row(1)[0], 0.0f);  // absent
  EXPECT_FLOAT_EQ(out.row(2)[1], -1.0f);
}

TEST(ItemVectorsFile, NpyRowsGoToTheirItemsAtUnitLength) {
  const fs::path folder = temporary_folder().path();
  Matrix vectors(3, 2);
  const float values[] = {0, -2, 3, 4, 9, 9};
  std::copy(std::begin(values), std::end(values), vectors.data());
  write_npy(folder / "v.npy", vectors);
  write(folder / "ids.txt", "c\na\nunknown\n");
  expect_vectors(read_item_vectors({.path = "v.npy", .ids = "ids.txt"}, folder, three_items()));
  for (const char* ids : {"c\na\n", "c\nc\na\n", "x\ny\nz\n"}) {
    write(folder / "ids.txt", ids);
    EXPECT_EQ(code_of({.path = "v.npy", .ids = "ids.txt"}, folder), ErrorCode::kData) << ids;
  }
  vectors.data()[0] = NAN;
  write_npy(folder / "v.npy", vectors);
  write(folder / "ids.txt", "c\na\nb\n");
  EXPECT_EQ(code_of({.path = "v.npy", .ids = "ids.txt"}, folder), ErrorCode::kData);
  EXPECT_EQ(code_of({.path = "v.npy", .ids = "absent.txt"}, folder), ErrorCode::kNotFound);
  EXPECT_EQ(code_of({.path = "absent.npy", .ids = "ids.txt"}, folder), ErrorCode::kNotFound);
}

TEST(ItemVectorsFile, ParquetListsGoToTheirItems) {
  const fs::path folder = temporary_folder().path();
  const auto make = [&](const std::string& rows) {
    fs::remove(folder / "v.parquet");
    duckdb_database database;
    duckdb_connection connection;
    ASSERT_EQ(duckdb_open(nullptr, &database), DuckDBSuccess);
    ASSERT_EQ(duckdb_connect(database, &connection), DuckDBSuccess);
    const std::string sql = "COPY (SELECT * FROM (VALUES " + rows + ") t(item, embedding)) TO '" +
                            (folder / "v.parquet").string() + "' (FORMAT parquet)";
    ASSERT_EQ(duckdb_query(connection, sql.c_str(), nullptr), DuckDBSuccess);
    duckdb_disconnect(&connection);
    duckdb_close(&database);
  };
  const ItemVectorOptions options{.path = "v.parquet", .id_column = "item", .vector_column = "embedding"};
  make("('c', [0.0, -2.0]), ('a', [3.0, 4.0]), ('zz', [1.0, 1.0])");
  expect_vectors(read_item_vectors(options, folder, three_items()));
  make("('c', [0.0, -2.0]), ('a', [3.0])");
  EXPECT_EQ(code_of(options, folder), ErrorCode::kData);
  EXPECT_EQ(code_of({.path = "v.parquet", .id_column = "nobody"}, folder), ErrorCode::kData);
}

}  // namespace
}  // namespace genre
