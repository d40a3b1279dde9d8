#include "genre/lm/string_format.h"

namespace genre {
namespace {

// Days by length of the month, and 29 February in years that 4 divides, of whole centuries those that 400 divides.
const std::string kDate =
    R"((?:\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8])))"
    R"(|(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29))";
const std::string kTime = R"((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d))";
const std::string kLabel = R"([A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)";
const std::string kAtom = R"([A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)";
// pchar of RFC 3986
const std::string kPathCharacter = R"((?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-F]{2}))";

}  // namespace

std::optional<std::string> string_format_pattern(std::string_view name) {
  const auto whole = [](const std::string& expression) { return "^" + expression + "$"; };
  if (name == "date") return whole(kDate);
  if (name == "time") return whole(kTime);
  if (name == "date-time") return whole(kDate + "T" + kTime);
  if (name == "uuid") return whole("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  if (name == "email") return whole(kAtom + R"((?:\.)" + kAtom + ")*@(?:" + kLabel + R"(\.)+[A-Za-z]{2,63})");
  if (name == "uri")
    return whole("[A-Za-z][A-Za-z0-9+.-]*://" + kLabel + R"((?:\.)" + kLabel + ")*(?::[0-9]{1,5})?(?:/" +
                 kPathCharacter + R"(*)*(?:\?(?:)" + kPathCharacter + "|[/?])*)?(?:#(?:" + kPathCharacter +
                 "|[/?])*)?");
  return std::nullopt;
}

}  // namespace genre
