// The style sheet of the report.
#pragma once

#include <string>

namespace genre {

// Light, dark by the reader's preference, light again on paper; one column on a phone, contents beside it on a desk.
std::string report_style();

}  // namespace genre
