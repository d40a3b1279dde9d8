#!/usr/bin/env python3
"""Writes wordpiece.jsonl and bert_normalizer.txt beside this script, the truth for the tokenizer tests.

Every line is made here from a seed, from Unicode ranges and from the short word lists below.
Needs: pip install tokenizers. Run: python3 tests/golden/make_tokenizer_golden.py MODEL_FOLDER
(the folder of all-MiniLM-L6-v2 that `genre` keeps in its cache)
"""
import hashlib
import json
import pathlib
import random
import sys

import tokenizers
from tokenizers import Tokenizer, normalizers, pre_tokenizers

HERE = pathlib.Path(__file__).parent
SEED, LINES = 7, 10_000

BRANDS = "Nordlicht Maison Verte Kōyō Ångström Señorita Müller L'Amour O'Neil BioPure Hydra-C Zoë Björk DermaTek".split()
NOUNS = "shampoo serum moisturizer lipstick mascara toner conditioner brush cleanser sunscreen eyeliner perfume".split()
FILMS = "Journey Return Shadow Garden Winter Empire Letters Mystery Daughter Kingdom Silence Midnight".split()
GENRES = "Action Adventure Animation Children's Comedy Crime Documentary Drama Film-Noir Horror Sci-Fi Thriller".split()
WORDS = ("café naïve façade jalapeño über straße ΟΔΟΣ Σίσυφος ΣΑΣ İstanbul ISPARTA ılık Ǆungla ﬁnance ﬀ Ⅷ ½ ﷺ שָׁלוֹם "
         "مرحبا بِسْمِ हिन्दी க்ஷ ไทย ភាសា 한국어 각 ᄀᆞ 漢字 かな が カ゛ Ｆｕｌｌ ① 𝔘𝔫𝔦 Ω K Å e\u0301\u0323 a\u0323\u0301 q\u0307\u0323 "
         "o\u0302\u0301 \u1e9b\u0323 don't rock'n'roll C++ $9.99 50% a_b x²+y²=z² http://example.org/a?b=c me@example.org #tag "
         "[SEP] [CLS] [MASK] [UNK] [PAD] [sep] [SEP [[SEP]] ##ing ##s [unused5] antidisestablishmentarianism").split(" ")
EMOJI = ["😀", "👩‍👩‍👧", "🏳️‍🌈", "🇩🇪", "👍🏽", "❤️", "☕️", "1️⃣", "🧑🏿‍🚀"]
INVISIBLE = ["\u200b", "\u200d", "\u00ad", "\ufeff", "\u2060", "\u200e", "\u202e", "\u0000", "\u0007", "\u007f", "\u0085", "\ufffd",
             "\u3000", "\u00a0", "\u2028", "\u2003", "\t", "\r\n", "\n", "\x0b", "\u180e", "\ue000", "\U000f0000"]
RANGES = [(0x20, 0x7E), (0xA0, 0x24F), (0x250, 0x2FF), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x52F), (0x530, 0x58F), (0x590, 0x5FF),
          (0x600, 0x6FF), (0x700, 0x8FF), (0x900, 0xDFF), (0xE00, 0x109F), (0x1100, 0x11FF), (0x1200, 0x1CFF), (0x1D00, 0x1FFF),
          (0x2000, 0x2BFF), (0x2C00, 0x2FFF), (0x3000, 0x30FF), (0x3100, 0x33FF), (0x3400, 0x9FFF), (0xA000, 0xABFF), (0xAC00, 0xD7A3),
          (0xF900, 0xFAFF), (0xFB00, 0xFFFD), (0x10000, 0x10FFF), (0x11000, 0x11FFF), (0x12000, 0x1CFFF), (0x1D000, 0x1DFFF),
          (0x1E000, 0x1FAFF), (0x20000, 0x2A6DF), (0x2A6E0, 0x2EBE0), (0x2F800, 0x2FA1F), (0x30000, 0x3134A), (0xE0000, 0xE01EF)]


def title(r):
    if r.random() < 0.5:
        return f"{r.choice(BRANDS)} {r.choice(NOUNS).title()} {r.choice(NOUNS)}, {r.uniform(0.5, 32):.1f} oz (Pack of {r.randint(1, 9)})"
    return f"{r.choice(['The ', 'A ', ''])}{r.choice(FILMS)} of {r.choice(FILMS)} ({r.randint(1920, 2024)}). " + "|".join(r.sample(GENRES, 3))


def from_range(r):
    first, last = r.choice(RANGES)
    return "".join(chr(r.randint(first, last)) + (" " if r.random() < 0.15 else "") for _ in range(r.randint(1, 12)))


def anywhere(r):
    out = []
    while len(out) < r.randint(1, 12):
        c = r.randrange(0x110000)
        if not 0xD800 <= c <= 0xDFFF:
            out.append(chr(c))
    return "".join(out)


def marks(r):
    """Combining marks of several classes in any order on a few bases."""
    pool = [chr(c) for c in [*range(0x300, 0x370), 0x5B0, 0x64B, 0x93C, 0x94D, 0x302E, 0x1D165, 0x1D16D, 0x8D4, 0x1DF8, 0x1AC1, 0x20DD]]
    return "".join(r.choice("aeoÅ가漢e ") + "".join(r.choices(pool, k=r.randint(0, 5))) for _ in range(r.randint(1, 6)))


def words(r):
    parts = []
    for _ in range(r.randint(1, 8)):
        parts.append(r.choice([r.choice(WORDS), r.choice(NOUNS), r.choice(EMOJI), r.choice(INVISIBLE), r.choice(BRANDS)]))
        parts.append(r.choice([" ", " ", " ", "", ", ", "-"]))
    return "".join(parts)


def long_word(r):
    return r.choice("aZé漢") * r.randint(95, 105) + r.choice(["", " ok", "ing"])


def line(r):
    maker = r.choices([title, from_range, anywhere, marks, words, long_word], weights=[20, 30, 12, 12, 25, 1])[0]
    return maker(r)


def write_wordpiece(model):
    tokenizer = Tokenizer.from_file(str(pathlib.Path(model) / "tokenizer.json"))
    tokenizer.no_padding()
    r = random.Random(SEED)
    with open(HERE / "wordpiece.jsonl", "w", encoding="utf-8") as out:
        header = {"made_by": "tests/golden/make_tokenizer_golden.py", "tokenizers": tokenizers.__version__, "seed": SEED}
        out.write(json.dumps(header) + "\n")

        def emit(entry, text, limit=0):
            tokenizer.no_truncation()
            if limit:
                tokenizer.enable_truncation(limit)
            ids = tokenizer.encode(text).ids
            out.write(json.dumps([entry, ids] + ([limit] if limit else []), ensure_ascii=False, separators=(",", ":")) + "\n")

        for text in ["", " ", "\u200b", "[SEP]", "a" * 100, "a" * 101, "é" * 100, "é" * 101]:
            emit(text, text)
        for i in range(LINES):
            text = line(r)
            emit(text, text, r.randint(2, 12) if i % 20 == 0 else 0)
        for _ in range(300):  # ill-formed UTF-8, given in hex
            raw = bytearray(words(r).encode())
            for _ in range(r.randint(1, 4)):
                raw.insert(r.randrange(len(raw) + 1), r.choice([0x80, 0xBF, 0xC0, 0xC3, 0xE0, 0xE2, 0xED, 0xA0, 0xF0, 0xF4, 0xF5, 0xFF]))
            del raw[r.randrange(len(raw))]
            emit({"hex": raw.hex()}, raw.decode("utf-8", "replace"))


def write_normalizer():
    """A digest for each 4,096 code points of what every one becomes under three settings, and of its class."""
    names = ["clean_text", "handle_chinese_chars", "strip_accents", "lowercase"]
    settings = [(True, True, True, True), (True, True, False, True), (False, False, True, False)]
    forms = [normalizers.BertNormalizer(**dict(zip(names, s))) for s in settings]
    split = pre_tokenizers.BertPreTokenizer()
    with open(HERE / "bert_normalizer.txt", "w", encoding="utf-8") as out:
        out.write(f"# tests/golden/make_tokenizer_golden.py, tokenizers {tokenizers.__version__}\n")
        for block in range(0, 0x110000, 4096):
            lines = []
            for c in range(block, block + 4096):
                if 0xD800 <= c <= 0xDFFF:
                    continue
                text = "a" + chr(c) + "b"
                pieces = len(split.pre_tokenize_str(text))
                lines.append("|".join([f.normalize_str(text) for f in forms] + [str(pieces)]))
            out.write(f"{block:X} {hashlib.sha256(chr(10).join(lines).encode()).hexdigest()[:16]}\n")


if __name__ == "__main__":
    write_normalizer()
    write_wordpiece(sys.argv[1])
