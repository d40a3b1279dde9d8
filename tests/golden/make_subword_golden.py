#!/usr/bin/env python3
"""Writes subword_tokenizers.jsonl beside this script: small tokenizers of every kind (tokenizer_kinds.py) and what the
reference makes of lines with them. Offsets count bytes of UTF-8.

Needs: pip install tokenizers. Run: python3 tests/golden/make_subword_golden.py
"""
import json
import pathlib
import random

import tokenizers
from make_tokenizer_golden import line
from tokenizer_kinds import KINDS

HERE = pathlib.Path(__file__).parent
SEED, LINES = 5, 20
PARTS = ["<|endoftext|>", "<mask>", " <mask>", "</s>", "<s>", "<unk>", "<|im_start|>", "<|im_end|>", " [MASK]", "<tool_call>", "<|eot_id|>",
         "<|begin_of_text|>", "  ", "   ", "    ", "\n\n", "\r\n", " \n", "'s", "'S", "'\u017f", "'ll", "'LL", "'Ve", "123", "45678", " ",
         "\t", "\u2581", "<0x41>", "<extra_id_0>", "e\u0301", "\u1100\u1161"]


def text(r):
    """A line with what split patterns and added tokens look for put in anywhere."""
    out = line(r)
    while r.random() < 0.4:
        at = r.randrange(len(out) + 1)
        out = out[:at] + r.choice(PARTS) + out[at:]
    return out


def in_bytes(line_text, offsets):
    places = [0]
    for c in line_text:
        places.append(places[-1] + len(c.encode()))
    return [[places[a], places[b]] for a, b in offsets]


def expected(t, entry):
    """All that the test compares; `t` is left as it was."""
    whole = t.encode(entry)
    out = {"text": entry, "ids": whole.ids, "offsets": in_bytes(entry, whole.offsets), "decoded": t.decode(whole.ids),
           "kept": t.decode(whole.ids, skip_special_tokens=False)}
    t.encode_special_tokens = True
    out["plain"] = t.encode(entry, add_special_tokens=False).ids
    t.encode_special_tokens = False
    if set(out["plain"]) & {i for i, token in t.get_added_tokens_decoder().items() if token.special}:
        del out["plain"]  # the reference's unigram finds special tokens in text even so; ours must not
    t.enable_truncation(6)
    out["cut"] = t.encode(entry).ids
    t.enable_truncation(12)
    pair = t.encode(entry, "a second text")
    out["pair"], out["segments"] = pair.ids, pair.type_ids
    t.no_truncation()
    return out


def main():
    with open(HERE / "subword_tokenizers.jsonl", "w", encoding="utf-8") as out:
        def emit(value):
            out.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")

        emit({"made_by": "tests/golden/make_subword_golden.py", "tokenizers": tokenizers.__version__, "seed": SEED})
        for name, make in KINDS.items():
            t, r = make(), random.Random(SEED)
            emit({"kind": name, "tokenizer": json.loads(t.to_str())})
            for entry in ["", " ", "  a", "\u0301ab", "  \u0301", "\u0eb3 a"] + [text(r)[:40] for _ in range(LINES)]:
                emit(expected(t, entry))


if __name__ == "__main__":
    main()
