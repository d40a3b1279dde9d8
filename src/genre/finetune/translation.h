// Texts translated by other programs. There and back, it gives a text in other words: Sennrich et al., "Improving
// Neural Machine Translation Models with Monolingual Data" (2016).
#pragma once

#include <span>
#include <string>
#include <vector>

namespace genre {

// The texts after every command, one after the other: each gets one text a line on its standard input, line ends in a
// text being blanks, and writes as many lines. A command is a program and its arguments between blanks; no shell reads
// them. What came out is kept in cache_folder()/translations and not computed twice. Throws Error(kDependency) for a
// program that is not there or fails, and Error(kData) for another number of lines.
std::vector<std::string> translated(std::span<const std::string> texts, std::span<const std::string> commands);

}  // namespace genre
