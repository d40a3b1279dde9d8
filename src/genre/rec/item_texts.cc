#include "genre/rec/item_texts.h"

#include <algorithm>

#include "genre/rec/tensors.h"
#include "genre/rec/text_tensors.h"

namespace genre {

ItemTexts::ItemTexts(std::span<const std::string> texts) : offsets_{0} {
  for (const std::string& text : texts) {
    bytes_ += text;
    offsets_.push_back(std::ssize(bytes_));
  }
}

std::vector<std::string_view> ItemTexts::newest(std::span<const std::int32_t> history, int most) const {
  std::vector<std::string_view> out;
  for (auto item = history.rbegin(); item != history.rend() && std::ssize(out) < most; ++item)
    if (const std::string_view text = of(*item); !text.empty()) out.push_back(text);
  return out;
}

void ItemTexts::save(SafetensorsWriter& out, const std::string& prefix) const {
  add_text(out, prefix + "texts", bytes_);
  out.add(prefix + "text_offsets", std::span<const std::int64_t>(offsets_), {std::ssize(offsets_)});
}

ItemTexts ItemTexts::load(const SafetensorsFile& in, const std::string& prefix) {
  ItemTexts out;
  out.bytes_ = read_text(in, prefix + "texts");
  out.offsets_ = read_vector<std::int64_t>(in, prefix + "text_offsets");
  const auto& offsets = out.offsets_;
  if (offsets.empty() || offsets.front() != 0 || offsets.back() != std::ssize(out.bytes_) ||
      !std::ranges::is_sorted(offsets))
    bad_tensor(in, prefix + "text_offsets", "does not fit the texts");
  return out;
}

std::int64_t ItemTexts::bytes_of(const DataSize& size) {
  return (size.text_bytes > 0 ? size.text_bytes : 256 * size.items) + 8 * (size.items + 1);
}

}  // namespace genre
