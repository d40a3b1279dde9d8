#include "genre/data/external_vectors.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <fstream>

#include "genre/base/error.h"
#include "genre/data/query.h"
#include "genre/linalg/npy.h"

namespace genre {
namespace {

namespace fs = std::filesystem;

// Collects vectors by internal id and scales each to unit length at the end.
class VectorTable {
 public:
  VectorTable(const Dataset& dataset, std::string file) : dataset_(dataset), file_(std::move(file)) {}

  void add(std::string_view id, std::span<const float> vector, std::int64_t row) {
    const auto item = dataset_.items.find(id);
    if (!item) return;
    if (found_.empty()) {
      out_ = Matrix(dataset_.items.size(), static_cast<std::int64_t>(vector.size()));
      found_.assign(dataset_.items.size(), 0);
    }
    if (static_cast<std::int64_t>(vector.size()) != out_.cols())
      fail(fmt::format("the vector of item '{}' has {} dimensions, earlier ones have {}", id, vector.size(),
                       out_.cols()),
           row);
    if (found_[*item]++ != 0) fail(fmt::format("item '{}' is given twice", id), row);
    double squares = 0;
    for (const float x : vector) squares += static_cast<double>(x) * x;
    if (!std::isfinite(squares)) fail(fmt::format("the vector of item '{}' holds a value that is no number", id), row);
    const auto to = out_.row(*item);
    for (std::size_t d = 0; d < vector.size(); ++d)
      to[d] = squares > 0 ? static_cast<float>(vector[d] / std::sqrt(squares)) : 0.0f;
  }

  Matrix finish() {
    if (found_.empty()) fail("none of the ids is an item of the dataset", 0);
    return std::move(out_);
  }

  [[noreturn]] void fail(const std::string& fault, std::int64_t row) const {
    throw Error(ErrorCode::kData, fault, "one vector of the same length for each item id",
                {.file = file_, .line = static_cast<int>(row), .key = "item_vectors.path"});
  }

 private:
  const Dataset& dataset_;
  std::string file_;
  Matrix out_;
  std::vector<int> found_;
};

Matrix from_npy(const fs::path& vectors_path, const fs::path& ids_path, const Dataset& dataset) {
  const Matrix vectors = read_npy(vectors_path);
  std::ifstream in(ids_path);
  if (!in)
    throw Error(ErrorCode::kNotFound, "the ids of the vectors cannot be read",
                "a text file with the item id of each row, one a line",
                {.file = ids_path.string(), .key = "item_vectors.ids"});
  VectorTable table(dataset, vectors_path.string());
  std::int64_t row = 0;
  for (std::string id; std::getline(in, id); ++row) {
    if (!id.empty() && id.back() == '\r') id.pop_back();
    if (row < vectors.rows()) table.add(id, vectors.row(row), row + 1);
  }
  if (row != vectors.rows()) table.fail(fmt::format("{} ids for {} vectors", row, vectors.rows()), 0);
  return table.finish();
}

Matrix from_parquet(const fs::path& path, const ItemVectorOptions& options, const Dataset& dataset) {
  Database database;
  // One row a number: DuckDB keeps the order inside a list, and a running number keeps lists apart.
  Query query(database,
              fmt::format("SELECT CAST(r AS VARCHAR), CAST(id AS VARCHAR), CAST(unnest(v) AS VARCHAR) FROM (SELECT "
                          "file_row_number AS r, {} AS id, {} AS v FROM read_parquet($1, file_row_number = true))",
                          quoted_identifier(options.id_column), quoted_identifier(options.vector_column)),
              {path.string()});
  VectorTable table(dataset, path.string());
  std::string row, id;
  std::vector<float> vector;
  const auto flush = [&] {
    if (!vector.empty()) table.add(id, vector, std::stoll(row) + 1);
    vector.clear();
  };
  while (query.next_chunk()) {
    for (std::int64_t i = 0; i < query.rows(); ++i) {
      const std::string_view at = query.cell(i, 0).value_or("");
      if (at != row) {
        flush();
        row = at;
        id = query.cell(i, 1).value_or("");
      }
      const std::string_view text = query.cell(i, 2).value_or("nan");
      float value = std::numeric_limits<float>::quiet_NaN();
      std::from_chars(text.data(), text.data() + text.size(), value);
      vector.push_back(value);
    }
  }
  flush();
  return table.finish();
}

}  // namespace

void ItemVectorOptions::fields(config::Fields& f) {
  f.text("path", path,
         "item vectors that another program made, in place of the language model's: .npy (float32, one row an item) or "
         "Parquet");
  f.text("ids", ids, "for .npy: text file with the item id of each row");
  f.text("id_column", id_column, "for Parquet: the column of item ids");
  f.text("vector_column", vector_column, "for Parquet: the column of lists of numbers");
}

Matrix read_item_vectors(const ItemVectorOptions& options, const fs::path& base_folder, const Dataset& dataset) {
  const fs::path path = base_folder / options.path;
  if (!fs::exists(path))
    throw Error(ErrorCode::kNotFound, "the item vectors are not there", "",
                {.file = path.string(), .key = "item_vectors.path"});
  if (path.extension() == ".parquet") return from_parquet(path, options, dataset);
  return from_npy(path, base_folder / options.ids, dataset);
}

}  // namespace genre
