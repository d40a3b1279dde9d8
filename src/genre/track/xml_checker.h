// For tests: a strict reader of the XML that plots and pages are written in.
#pragma once

#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace genre {

struct XmlElement {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string text;  // directly inside, still escaped
};

struct XmlCheck {
  std::string fault;  // empty: well-formed
  std::vector<XmlElement> elements;

  std::vector<XmlElement> named(std::string_view name) const {
    std::vector<XmlElement> out;
    for (const auto& e : elements)
      if (e.name == name) out.push_back(e);
    return out;
  }
};

// Tags balance, attributes are quoted and unique, every & starts a known entity, no bare < or quote. In HTML, `voids`
// names elements that have no end tag, and a <style> may hold anything but '<'.
inline XmlCheck check_xml(std::string_view text, const std::vector<std::string_view>& voids = {}) {
  XmlCheck out;
  std::vector<std::size_t> open;
  std::size_t at = 0;
  const auto fail = [&](const std::string& what) {
    if (out.fault.empty()) out.fault = what + " near \"" + std::string(text.substr(at > 40 ? at - 40 : 0, 80)) + "\"";
    return out;
  };
  const auto sound = [](std::string_view data) {
    for (std::size_t i = data.find('&'); i != std::string_view::npos; i = data.find('&', i + 1)) {
      bool known = false;
      for (const std::string_view entity : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"})
        known |= data.substr(i).starts_with(entity);
      if (!known) return false;
    }
    return data.find('<') == std::string_view::npos && data.find('\0') == std::string_view::npos;
  };
  const auto is_name = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == ':' || c == '_';
  };
  while (at < text.size()) {
    const std::size_t tag = std::min(text.find('<', at), text.size());
    const std::string_view data = text.substr(at, tag - at);
    const bool style = !open.empty() && out.elements[open.back()].name == "style";
    if (!style && !sound(data)) return fail("text that is not escaped");
    if (!open.empty()) out.elements[open.back()].text += data;
    if (open.empty() && data.find_first_not_of(" \n") != std::string_view::npos) return fail("text outside the root");
    if ((at = tag) == text.size()) break;
    std::size_t end = at + 1;
    const bool closing = text.substr(end).starts_with('/');
    if (closing) ++end;
    const std::size_t name_start = end;
    while (end < text.size() && is_name(text[end])) ++end;
    const std::string name(text.substr(name_start, end - name_start));
    if (name.empty()) return fail("a < that starts no tag");
    if (closing) {
      if (end >= text.size() || text[end] != '>') return fail("an end tag that does not end");
      if (open.empty() || out.elements[open.back()].name != name) return fail("an end tag without its start: " + name);
      open.pop_back();
      at = end + 1;
      continue;
    }
    if (open.empty() && !out.elements.empty()) return fail("a second root");
    XmlElement element{name, {}, {}};
    for (;;) {
      const std::size_t gap = end;
      while (end < text.size() && (text[end] == ' ' || text[end] == '\n')) ++end;
      if (end >= text.size()) return fail("a tag that does not end");
      if (text[end] == '>' || text.substr(end).starts_with("/>")) break;
      if (gap == end) return fail("attributes without a space between");
      const std::size_t key_start = end;
      while (end < text.size() && is_name(text[end])) ++end;
      const std::string key(text.substr(key_start, end - key_start));
      if (key.empty() || !text.substr(end).starts_with("=\"")) return fail("an attribute without a quoted value");
      const std::size_t close = text.find('"', end + 2);
      if (close == std::string_view::npos || !sound(text.substr(end + 2, close - end - 2)))
        return fail("an attribute value that is not escaped");
      if (!element.attributes.emplace(key, text.substr(end + 2, close - end - 2)).second)
        return fail("an attribute named twice: " + key);
      end = close + 1;
    }
    const bool empty = text[end] == '/';
    at = end + (empty ? 2 : 1);
    out.elements.push_back(std::move(element));
    if (!empty && std::find(voids.begin(), voids.end(), name) == voids.end()) open.push_back(out.elements.size() - 1);
  }
  if (!open.empty()) return fail("a tag left open: " + out.elements[open.back()].name);
  if (out.elements.empty()) return fail("no element");
  return out;
}

}  // namespace genre
