#!/usr/bin/env python3
"""Runs `genre lm tokenize` beside the reference on seeded lines for every kind of tokenizer and prints the mismatches.

Needs: pip install tokenizers sentencepiece protobuf. Run: python3 tests/golden/fuzz_tokenizers.py PROGRAM [LINES [MODEL_FOLDER ...]]
PROGRAM is the built `genre`, LINES counts lines a kind (100,000 where not given); a MODEL_FOLDER with tokenizer.json is
one kind more. Exits 1 if a line differs.
"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile

from make_subword_golden import text
from tokenizer_kinds import KINDS
from tokenizers import Tokenizer

SEED = 23


def one_line(r):
    return text(r).replace("\n", " ").replace("\r", "\u3000")


def differing(program, name, reference, folder, lines):
    r = random.Random(SEED)
    texts = [one_line(r) for _ in range(lines)]
    out = subprocess.run([program, "lm", "tokenize", "--model", str(folder)], input=("\n".join(texts) + "\n").encode(),
                         capture_output=True, check=True).stdout.decode()
    found = [json.loads(x) for x in out.split("\n")[:-1]]
    assert len(found) == len(texts), f"{len(found)} answers to {len(texts)} lines"
    wrong = 0
    for entry, ids, wanted in zip(texts, found, reference.encode_batch_fast(texts)):
        if ids != wanted.ids:
            wrong += 1
            if wrong <= 5:
                print(f"  {entry!r}: wanted {wanted.ids}, found {ids}")
    print(f"{name}: {wrong} of {lines} lines differ", flush=True)
    return wrong


def main():
    program, lines = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    wrong = 0
    for name, make in KINDS.items():
        reference = make()
        with tempfile.TemporaryDirectory() as folder:
            reference.save(str(pathlib.Path(folder) / "tokenizer.json"))
            wrong += differing(program, name, reference, folder, lines)
    for folder in sys.argv[3:]:
        reference = Tokenizer.from_file(str(pathlib.Path(folder) / "tokenizer.json"))
        reference.no_padding()
        reference.no_truncation()
        wrong += differing(program, folder, reference, folder, lines)
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
