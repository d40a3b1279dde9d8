// A JSON schema as an automaton over the bytes of the texts that satisfy it.
#pragma once

#include <string>
#include <string_view>

#include "genre/lm/byte_automaton.h"

namespace genre {

// Supported: type (one or several of object, array, string, number, integer, boolean, null; without it the only type
// that the other keywords speak about), enum and const (beside type only); properties, required, additionalProperties
// (true or false); items, minItems, maxItems; minLength, maxLength, pattern (regular_expression.h), format
// (string_format.h); minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf (decimal_step). $ref into the
// same file, allOf, anyOf and oneOf stand beside any of these: a value satisfies all of it. The branches of oneOf must
// be disjoint, which is known of different types, other values, ranges, lengths and patterns without a common text,
// objects that require a property with disjoint schemas or one that the other branch closes out, and arrays with
// disjoint items or counts; other branches are refused. A definition may contain itself: texts hold it inside itself at
// most four times. Annotations (title, description, default, examples, ...) are skipped.
//
// The texts are a part of all that satisfy the schema: an object has its properties in the order of the schema and no
// others; after ':' and ',' there is at most one space and elsewhere none; numbers are those of json_number_graph.h;
// strings are spelled as in json_string_graph.h.
//
// Throws Error(kConfig) with `file` and the place as a JSON pointer for a text that is not JSON, a keyword that is not
// supported, values of a wrong kind, nesting deeper than 32, and a schema that nothing satisfies; Error(kResources) for
// one that needs too many states.
ByteAutomaton compile_json_schema(std::string_view schema, const std::string& file);

}  // namespace genre
