// A JSON schema as an automaton over the bytes of the texts that satisfy it.
#pragma once

#include <string>
#include <string_view>

#include "genre/lm/byte_automaton.h"

namespace genre {

// Supported: type (one or several of object, array, string, number, integer, boolean, null), enum, const, anyOf, $ref
// into $defs or definitions without recursion; properties, required, additionalProperties (true or false); items,
// minItems, maxItems; minLength, maxLength; minimum, maximum, exclusiveMinimum, exclusiveMaximum. Annotations (title,
// description, default, examples, ...) are skipped.
//
// The texts are a part of all that satisfy the schema: an object has its properties in the order of the schema and no
// others; after ':' and ',' there is at most one space and elsewhere none; numbers are those of json_number_graph.h;
// strings escape only with \" \\ \/ \b \f \n \r \t.
//
// Throws Error(kConfig) with `file` and the place as a JSON pointer for a text that is not JSON, a keyword that is not
// supported, values of a wrong kind, nesting deeper than 32, and a schema that nothing satisfies; Error(kResources) for
// one that needs too many states.
ByteAutomaton compile_json_schema(std::string_view schema, const std::string& file);

}  // namespace genre
