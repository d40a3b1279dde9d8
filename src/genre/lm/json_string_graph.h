// JSON strings as paths of a byte graph.
#pragma once

#include <span>

#include "genre/lm/byte_graph.h"
#include "genre/lm/regular_expression.h"

namespace genre {

// Adds quoted strings that are in all of the expressions (at least one) behind `from`; returns where they end.
// Characters are spelled in well-formed UTF-8 from U+0020 on, and with the escapes \" \\ \/ \b \f \n \r \t; other
// control characters have no spelling, so that no string has them.
ByteGraph::State add_json_string(ByteGraph& graph, ByteGraph::State from, std::span<const RegularExpression> all);

// Whether no string is in all of the expressions of both.
bool disjoint_json_strings(std::span<const RegularExpression> a, std::span<const RegularExpression> b);

}  // namespace genre
