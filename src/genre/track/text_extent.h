// How wide text will be when drawn, without a font at hand.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace genre {

// Estimated width in pixels at `font_size`, on the wide side for the usual sans-serif fonts, so that what is laid out
// by it does not collide.
double text_width(std::string_view text, double font_size);

// The longest prefix that fits `width`, with an ellipsis where something was cut; the text itself where it fits.
std::string shorten(std::string_view text, double width, double font_size);

// Breaks at spaces into at most `lines` lines that fit `width`, the last one shortened; a remark in brackets stays
// whole where it can: "6–20" "(84 users)".
std::vector<std::string> wrap(std::string_view text, double width, double font_size, int lines);

}  // namespace genre
