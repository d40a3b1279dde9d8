// One reader a format; read_rows (source_rows.h) chooses among them.
#pragma once

#include "genre/data/source_rows.h"

namespace genre {

using RowSink = std::function<void(const SourceRow&)>;

void read_delimited_rows(const std::filesystem::path& file, const SourceOptions& options, const ColumnRequest& request,
                         const RowSink& sink);
// One JSON object a line. A column "a.b" is key b inside the object a; the values of an array are joined by ", ".
void read_json_rows(const std::filesystem::path& file, const SourceOptions& options, const ColumnRequest& request,
                    const RowSink& sink);
void read_parquet_rows(const std::filesystem::path& file, const ColumnRequest& request, const RowSink& sink);
// The table or the rows of the query at the address `options.path`, in a transaction that reads only. Throws
// Error(kDependency) for a server that cannot be reached. No message has the password.
void read_postgresql_rows(const SourceOptions& options, const ColumnRequest& request, const RowSink& sink);
// Clicks of MIND's behaviors.tsv, with the roles user, time and item; what was shown and not clicked is left out.
void read_mind_rows(const std::filesystem::path& file, const SourceOptions& options, const RowSink& sink);
// A user and then items on each line, oldest first: one row for each item, with the roles user and item.
void read_list_rows(const std::filesystem::path& file, const SourceOptions& options, const RowSink& sink);

}  // namespace genre
