// Templates of item text and of chats: the input up to its last line is the template, and that line every field.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "genre/base/error.h"
#include "genre/data/item_text.h"
#include "genre/text/chat_template.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const auto split = all.rfind('\n');
  const std::string_view value = split == std::string_view::npos ? "value" : all.substr(split + 1);
  try {
    const genre::TextTemplate text_template(all.substr(0, split));
    text_template.fill([&](const std::string&) { return value; });
    text_template.fill([](const std::string&) { return std::string_view(); });
    // Only some fields are there.
    text_template.fill([&](const std::string& name) { return name.size() % 2 == 0 ? value : std::string_view(); });
  } catch (const genre::Error&) {
  }
  try {
    const genre::ChatTemplate chat(all.substr(0, split));
    if (chat.default_system().size() > size) std::abort();
  } catch (const genre::Error&) {
  }
  return 0;
}
