#include "genre/lm/json_string_graph.h"

#include <string_view>

namespace genre {
namespace {

void add_character(ByteGraph& graph, ByteGraph::State from, ByteGraph::State to) {
  graph.arrow(from, 0x20, '"' - 1, to);
  graph.arrow(from, '"' + 1, '\\' - 1, to);
  graph.arrow(from, '\\' + 1, 0x7F, to);
  const auto escape = graph.path(from, "\\");
  for (const char c : std::string_view("\"\\/bfnrt"))
    graph.arrow(escape, static_cast<unsigned char>(c), static_cast<unsigned char>(c), to);
  // Table 3-7 of the Unicode standard: no overlong forms, no surrogates, nothing above U+10FFFF.
  const auto last = graph.add(), last_two = graph.add();
  graph.arrow(last, 0x80, 0xBF, to);
  graph.arrow(last_two, 0x80, 0xBF, last);
  graph.arrow(from, 0xC2, 0xDF, last);
  graph.arrow(from, 0xE1, 0xEC, last_two);
  graph.arrow(from, 0xEE, 0xEF, last_two);
  const auto lead = [&](unsigned char low, unsigned char high, unsigned char next_low, unsigned char next_high,
                        ByteGraph::State rest) {
    const auto second = graph.add();
    graph.arrow(from, low, high, second);
    graph.arrow(second, next_low, next_high, rest);
  };
  lead(0xE0, 0xE0, 0xA0, 0xBF, last);
  lead(0xED, 0xED, 0x80, 0x9F, last);
  lead(0xF0, 0xF0, 0x90, 0xBF, last_two);
  lead(0xF1, 0xF3, 0x80, 0xBF, last_two);
  lead(0xF4, 0xF4, 0x80, 0x8F, last_two);
}

}  // namespace

ByteGraph::State add_json_string(ByteGraph& graph, ByteGraph::State from, std::size_t least,
                                 std::optional<std::size_t> most) {
  const auto end = graph.add();
  auto here = graph.path(from, "\"");
  for (std::size_t written = 0;; ++written) {
    if (written >= least) graph.arrow(here, '"', '"', end);
    if (most && written == *most) return end;
    if (!most && written == least) break;
    const auto next = graph.add();
    add_character(graph, here, next);
    here = next;
  }
  add_character(graph, here, here);
  return end;
}

}  // namespace genre
