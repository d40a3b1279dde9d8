#!/usr/bin/env python3
"""Writes src/genre/text/reference_ranges.inc: the character classes that Hugging Face tokenizers uses.

The library carries category tables of an older Unicode version than utf8proc, so the classes are asked from the library
itself, one code point at a time. Needs: pip install tokenizers. Run from the project's root:
    python3 tools/make_reference_ranges.py > src/genre/text/reference_ranges.inc
"""
import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers

flags = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
clean = normalizers.BertNormalizer(**{**flags, "clean_text": True})
strip = normalizers.BertNormalizer(**{**flags, "strip_accents": True})
spaced = normalizers.BertNormalizer(**{**flags, "handle_chinese_chars": True})
split = pre_tokenizers.BertPreTokenizer()
nfd = normalizers.NFD()
letter = pre_tokenizers.Split(Regex(r"\p{L}"), "isolated")
number = pre_tokenizers.Split(Regex(r"\p{N}"), "isolated")
digits = pre_tokenizers.Digits(individual_digits=True)
CODE_POINTS = [c for c in range(0x80, 0x110000) if not 0xD800 <= c <= 0xDFFF]


def is_nonstarter(text):
    """Canonical ordering moves a mark over another one of a higher class only when neither class is 0."""
    low, high = "\u0334", "\u0345"  # classes 1 and 240
    return nfd.normalize_str("a" + text + low) != "a" + text + low or nfd.normalize_str("a" + high + text) != "a" + high + text


def ranges(wanted):
    out = []
    for c in CODE_POINTS:
        if wanted(chr(c)):
            if out and out[-1][1] == c - 1:
                out[-1][1] = c
            else:
                out.append([c, c])
    return out


def emit(name, meaning, wanted):
    print(f"\n// {meaning}\nconstexpr Range {name}[] = {{")
    line = "   "
    for first, last in ranges(wanted):
        item = f" {{0x{first:X}, 0x{last:X}}},"
        if len(line) + len(item) > 120:
            print(line)
            line = "   "
        line += item
    print(line + "\n};")


print(f"// Written by tools/make_reference_ranges.py from tokenizers {tokenizers.__version__}; code points from U+0080 on.")
emit("kOther", "Removed by clean_text: controls, formats and private use.", lambda s: clean.normalize_str(s) == "")
emit("kNonspacingMark", "Removed by strip_accents.", lambda s: strip.normalize_str(s) == "" or
     (nfd.normalize_str(s) == s and strip.normalize_str("a" + s) == "a"))
emit("kKeptNonstarter", "Not removed, but moved by canonical ordering.",
     lambda s: nfd.normalize_str(s) == s and strip.normalize_str("a" + s) != "a" and is_nonstarter(s))
emit("kPunctuation", "A word of its own.", lambda s: len(split.pre_tokenize_str("a" + s + "b")) == 3)
emit("kCjk", "Set between spaces by handle_chinese_chars.", lambda s: len(spaced.normalize_str(s)) == 3)
emit("kLetter", "\\p{L} of split patterns.", lambda s: len(letter.pre_tokenize_str("\1" + s + "\1")) == 3)
emit("kNumber", "\\p{N} of split patterns.", lambda s: len(number.pre_tokenize_str("\1" + s + "\1")) == 3)
emit("kLateNumber", "What Digits splits beyond \\p{N}.", lambda s: len(digits.pre_tokenize_str("\1" + s + "\1")) == 3 and
     len(number.pre_tokenize_str("\1" + s + "\1")) != 3)
emit("kCompatibility", "What NFKD decomposes and NFD does not, or not as far.",
     lambda s: normalizers.NFKD().normalize_str(s) != nfd.normalize_str(s))
emit("kMark", "Removed by StripAccents beyond what BertNormalizer removes.", lambda s: normalizers.StripAccents().normalize_str(s) == "" and
     strip.normalize_str("a" + s) != "a")
