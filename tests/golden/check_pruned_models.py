#!/usr/bin/env python3
"""Prunes a sentence-transformers model in every way that leaves ordinary files and compares the vectors of `genre lm embed`
with those of sentence-transformers, which loads the same folder. Prints the worst cosine distance of each and fails above 1e-5.

Needs: pip install torch transformers sentence-transformers. Folders with `pruned_heads` are read by transformers below 5 only.
Run: python3 tests/golden/check_pruned_models.py GENRE MODEL_FOLDER TEXTS
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import sentence_transformers
import torch
import transformers

genre, model, texts = sys.argv[1:4]
WAYS = {
    "layers chosen": ["--layers", "4"],
    "layers listed": ["--keep-layers", "0,2,5"],
    "units": ["--ffn", "1024"],
    "heads as zeros": ["--heads", "8", "--keep-shapes"],
    "vocabulary": ["--vocabulary", texts],
    "all": ["--layers", "4", "--ffn", "1024", "--heads", "8", "--keep-shapes", "--vocabulary", texts],
}
if int(transformers.__version__.split(".")[0]) < 5:
    WAYS["heads"] = ["--heads", "8"]


def distances(folder, lines, out):
    subprocess.run([genre, "lm", "embed", "--model", folder, "--input", texts, "--output", out], check=True, stdout=subprocess.DEVNULL)
    ours = np.load(out)
    theirs = sentence_transformers.SentenceTransformer(str(folder), device="cpu").encode(lines, batch_size=16)
    cosine = (ours * theirs).sum(1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
    return float((1 - cosine).max())


def main():
    torch.set_num_threads(2)
    lines = pathlib.Path(texts).read_text().splitlines()
    worst = 0.0
    print(f"transformers {transformers.__version__}, sentence-transformers {sentence_transformers.__version__}, {len(lines)} texts")
    with tempfile.TemporaryDirectory() as temporary:
        for number, (name, arguments) in enumerate(WAYS.items()):
            folder = pathlib.Path(temporary) / str(number)
            subprocess.run([genre, "lm", "prune", "--model", model, "--texts", texts, "--output", folder, *arguments], check=True,
                           stdout=subprocess.DEVNULL)
            distance = distances(folder, lines, pathlib.Path(temporary) / "vectors.npy")
            print(f"{name:16} {distance:.2e}")
            worst = max(worst, distance)
    sys.exit(worst > 1e-5)


if __name__ == "__main__":
    main()
