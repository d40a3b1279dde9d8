// JSON strings as paths of a byte graph.
#pragma once

#include <cstddef>
#include <optional>

#include "genre/lm/byte_automaton.h"

namespace genre {

// Adds quoted strings of [least, most] characters (most absent: no limit) behind `from`; returns where they end.
// Characters are those of well-formed UTF-8 from U+0020 on and the escapes \" \\ \/ \b \f \n \r \t.
ByteGraph::State add_json_string(ByteGraph& graph, ByteGraph::State from, std::size_t least,
                                 std::optional<std::size_t> most);

}  // namespace genre
