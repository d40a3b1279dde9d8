// Against a real server: $GENRE_TEST_POSTGRESQL, else the one of this machine. Each test makes its own schema.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "genre/base/error.h"
#include "genre/base/error_of_test.h"
#include "genre/config/schema.h"
#include "genre/data/data_toml_test.h"
#include "genre/data/postgresql_url.h"
#include "genre/data/prepare.h"
#include "genre/data/source_rows.h"

namespace genre {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

SourceOptions source(const std::string& url, const std::string& table, const std::string& query = "") {
  SourceOptions out;
  out.path = url;
  out.format = "postgresql";
  out.table = table;
  out.query = query;
  return out;
}

const ColumnRequest kUserAndItem = {{{"user", {std::nullopt, "user"}}, {"item", {std::nullopt, "item"}}}, false};

void read(const SourceOptions& options, const ColumnRequest& request = kUserAndItem) {
  read_rows(source_files(options, ".").front(), options, request, [](const SourceRow&) {});
}

TEST(PostgresqlUrl, SecretsAreNotShown) {
  EXPECT_EQ(without_password("postgresql://me:secret@host:5432/shop?sslmode=require&password=x&connect_timeout=2"),
            "postgresql://me@host:5432/shop?sslmode=require&connect_timeout=2");
  EXPECT_EQ(without_password("postgresql://me:p@ss/w@host/db"), "postgresql://me@host/db");
  EXPECT_EQ(without_password("postgres://host/db?password=x"), "postgres://host/db");
  EXPECT_EQ(without_password("postgresql:///db"), "postgresql:///db");
  EXPECT_EQ(without_password("folder/a:b@c.csv"), "folder/a:b@c.csv");
}

TEST(PostgresqlUrl, ConfigurationsAreWrittenWithoutThePassword) {
  DataOptions options = data_options(
      "[[data.interactions]]\npath = \"postgresql://me:secret@host/db\"\nformat = \"postgresql\"\ntable = \"t\"\n");
  EXPECT_EQ(options.interactions[0].path, "postgresql://me:secret@host/db");
  config::Fields f;
  f.table("data", options, "");
  const std::string written = config::to_toml(f.values());
  EXPECT_THAT(written, HasSubstr("postgresql://me@host/db"));
  EXPECT_THAT(written, Not(HasSubstr("secret")));
}

TEST(PostgresqlUrl, FailuresNeverShowThePassword) {
  for (const std::string url :
       {"postgresql://me:s3cret@127.0.0.1:1/db", "postgresql://me:s3cret@host:port/db",
        "postgresql://me:s3c/ret@host/db", "postgresql://me:s3cret@[::1/db", "postgresql://me:s3cret%ZZ@host/db",
        "postgresql://127.0.0.1:1/db?password=s3cret", "host=h password=s3cret"}) {
    const Error e = error_of([&] { read(source(url, "t")); });
    EXPECT_TRUE(e.code() == ErrorCode::kConfig || e.code() == ErrorCode::kDependency) << url;
    const std::string said = std::string(e.what()) + e.hint() + e.place().file;
    EXPECT_THAT(said, Not(HasSubstr("s3c"))) << url;
  }
}

class Postgresql : public testing::Test {
 protected:
  void SetUp() override {
    const char* const named = std::getenv("GENRE_TEST_POSTGRESQL");
    url_ = named != nullptr ? named : "postgresql://postgres@127.0.0.1:5432/postgres?connect_timeout=2";
    connection_ = PQconnectdb(url_.c_str());
    if (PQstatus(connection_) != CONNECTION_OK)
      GTEST_SKIP() << "no PostgreSQL server at " << without_password(url_) << "; set GENRE_TEST_POSTGRESQL";
    schema_ = "genre_test_" + std::to_string(getpid());
    run("CREATE SCHEMA " + schema_);
  }
  void TearDown() override {
    if (!schema_.empty()) run("DROP SCHEMA " + schema_ + " CASCADE");
    PQfinish(connection_);
  }
  void run(const std::string& sql) {
    PGresult* const result = PQexec(connection_, sql.c_str());
    ASSERT_EQ(PQresultStatus(result), PGRES_COMMAND_OK) << PQerrorMessage(connection_);
    PQclear(result);
  }
  std::string rows(const SourceOptions& options, const ColumnRequest& request) {
    std::string out;
    read_rows(source_files(options, ".").front(), options, request, [&](const SourceRow& row) {
      out += std::to_string(row.row) + ":";
      for (std::size_t i = 0; i < row.cells.size(); ++i)
        if (row.cells[i]) out += " " + row.roles[i] + "=" + std::string(*row.cells[i]);
      out += "\n";
    });
    return out;
  }

  std::string url_, schema_;
  PGconn* connection_ = nullptr;
};

TEST_F(Postgresql, TablesAndQueriesAreRead) {
  run("CREATE TABLE " + schema_ + ".\"Events\" (\"user\" bigint, item text, t timestamptz, extra text)");
  run("INSERT INTO " + schema_ + ".\"Events\" VALUES (1, 'a''b', '2024-01-01 01:00:00+01', 'x'), (2, NULL, NULL, 'y')");
  ColumnRequest request = kUserAndItem;
  request.wanted.push_back({"time", {std::nullopt, "t"}});
  EXPECT_EQ(rows(source(url_, schema_ + ".Events"), request),
            "1: user=1 item=a'b time=2024-01-01 00:00:00+00\n2: user=2\n");
  EXPECT_EQ(rows(source(url_, "", "SELECT 5 AS \"user\", 'é' AS item -- the last line\n;"), kUserAndItem),
            "1: user=5 item=é\n");
  EXPECT_EQ(
      rows(source(url_, "", "SELECT i AS \"user\", i AS item FROM generate_series(1, 2) i WHERE false"), kUserAndItem),
      "");
}

TEST_F(Postgresql, ADatasetIsPreparedFromTables) {
  run("CREATE TABLE " + schema_ + ".log (who text, what text, stars real, at timestamp)");
  run("INSERT INTO " + schema_ +
      ".log SELECT 'u' || i % 50, 'i' || i % 70, i % 5 + 1, "
      "timestamp '2024-01-01' + i * interval '1 minute' FROM generate_series(1, 3000) i");
  run("CREATE TABLE " + schema_ + ".films (id text, title text)");
  run("INSERT INTO " + schema_ + ".films SELECT 'i' || i, 'Film ' || i FROM generate_series(0, 69) i");
  const Dataset dataset =
      prepare(
          data_options("[[data.interactions]]\nformat = \"postgresql\"\npath = \"" + url_ + "\"\ntable = \"" + schema_ +
                       ".log\"\ntime_unit = \"rfc3339\"\ntype = \"rating\"\n"
                       "columns = { user = \"who\", item = \"what\", value = \"stars\", time = \"at\" }\n"
                       "[[data.items]]\nformat = \"postgresql\"\npath = \"" +
                       url_ + "\"\nquery = \"SELECT * FROM " + schema_ + ".films\"\n"),
          ".", 7, {})
          .dataset;
  EXPECT_EQ(dataset.users.size(), 50);
  EXPECT_EQ(dataset.items.size(), 70);
  EXPECT_EQ(dataset.interactions.size(), 350);  // pairs (i mod 50, i mod 70)
  EXPECT_EQ(dataset.item_fields.get("title", *dataset.items.find("i7")), "Film 7");
}

TEST_F(Postgresql, ManyRowsStreamInOrder) {
  std::int64_t next = 0;
  const SourceOptions options =
      source(url_, "", "SELECT i AS \"user\", 2 * i AS item FROM generate_series(1, 200000) i ORDER BY i");
  read_rows(source_files(options, ".").front(), options, kUserAndItem, [&](const SourceRow& row) {
    ASSERT_EQ(row.row, ++next);
    ASSERT_EQ(*row.cells[0], std::to_string(next));
  });
  EXPECT_EQ(next, 200000);
}

TEST_F(Postgresql, MistakesAreToldAndNothingIsWritten) {
  run("CREATE TABLE " + schema_ + ".t (\"user\" int, items int)");
  EXPECT_THAT(error_of([&] { read(source(url_, schema_ + ".t")); }).hint(), HasSubstr("did you mean 'items'"));
  EXPECT_THAT(error_of([&] { read(source(url_, schema_ + ".absent")); }).message(), HasSubstr("does not exist"));
  EXPECT_EQ(error_of([&] { read(source(url_, "", "DELETE FROM " + schema_ + ".t RETURNING *")); }).code(),
            ErrorCode::kData);
  EXPECT_EQ(error_of([&] { read(source(url_, "", "SELECT 1 AS \"user\", 1/0 AS item")); }).code(), ErrorCode::kData);
  EXPECT_EQ(error_of([&] { read(source(url_, "")); }).code(), ErrorCode::kConfig);
  EXPECT_EQ(error_of([&] { read(source(url_, "t", "SELECT 1")); }).code(), ErrorCode::kConfig);
  run("CREATE FUNCTION " + schema_ + ".add() RETURNS int LANGUAGE sql AS 'INSERT INTO " + schema_ +
      ".t VALUES (1, 1) RETURNING 1'");
  EXPECT_THAT(
      error_of([&] { read(source(url_, "", "SELECT " + schema_ + ".add() AS \"user\", 1 AS item")); }).message(),
      HasSubstr("read-only"));
}

}  // namespace
}  // namespace genre
