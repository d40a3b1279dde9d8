#!/usr/bin/env python3
"""Spearman's correlation of two models' cosines with the human scores of an STS benchmark file (tab-separated: genre, file, year, id,
score, text, text), and the 95 % interval of their difference over 1,000 bootstrap samples of the pairs. Prints one JSON line.

Needs: pip install numpy scipy.
Run: python3 bench/sts_difference.py build/release/genre sts-test.csv all-MiniLM-L6-v2 runs/contrastive-.../model
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
from scipy.stats import spearmanr

SEED, SAMPLES = 7, 1000


def cosines(genre, model, rows, folder):
    texts, vectors = folder / "texts.txt", folder / "vectors.npy"
    texts.write_text("".join(f"{row[5]}\n{row[6]}\n" for row in rows), encoding="utf-8")
    subprocess.run([genre, "lm", "embed", "--model", model, "--input", texts, "--output", vectors], check=True, capture_output=True)
    x = numpy.load(vectors).astype(numpy.float64)
    x /= numpy.linalg.norm(x, axis=1, keepdims=True)
    return (x[0::2] * x[1::2]).sum(axis=1)


def main():
    genre, pairs, before, after = sys.argv[1:]
    with open(pairs, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file if line.strip()]
    scores = numpy.array([float(row[4]) for row in rows])
    with tempfile.TemporaryDirectory() as name:
        first, second = (cosines(genre, model, rows, pathlib.Path(name)) for model in (before, after))
    random, differences = numpy.random.default_rng(SEED), []
    for _ in range(SAMPLES):
        some = random.integers(0, len(rows), len(rows))
        differences.append(spearmanr(second[some], scores[some]).statistic - spearmanr(first[some], scores[some]).statistic)
    low, high = numpy.percentile(differences, [2.5, 97.5])
    print(json.dumps({"pairs": len(rows), "before": round(float(spearmanr(first, scores).statistic), 4),
                      "after": round(float(spearmanr(second, scores).statistic), 4), "difference": [round(float(low), 4), round(float(high), 4)]}))


if __name__ == "__main__":
    main()
