#!/usr/bin/env python3
"""What a precision of an encoder costs: cosine to its own fp32 vectors over the lines of a text file, and Spearman's correlation with the
human scores of an STS benchmark file (tab-separated: genre, file, year, id, score, text, text). Prints one JSON line a precision.

Needs: pip install numpy scipy.
Run: python3 bench/encoder_accuracy.py build/release/genre --texts titles.txt --sts sts-test.csv [--model all-MiniLM-L6-v2]
"""
import argparse
import json
import pathlib
import subprocess
import tempfile

import numpy
from scipy.stats import spearmanr

PRECISIONS = ("fp32", "bf16", "int8")

parser = argparse.ArgumentParser()
parser.add_argument("genre")
parser.add_argument("--model", default="all-MiniLM-L6-v2")
parser.add_argument("--texts", required=True)
parser.add_argument("--sts", required=True)
arguments = parser.parse_args()


def unit(x):
    return x / numpy.linalg.norm(x, axis=1, keepdims=True)


def embed(path, precision, folder):
    command = [arguments.genre, "lm", "embed", "--model", arguments.model, "--precision", precision, "--input", str(path), "--output", str(folder / "v.npy"), "--json"]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return unit(numpy.load(folder / "v.npy").astype(numpy.float64)), said


with open(arguments.sts, encoding="utf-8") as file:
    rows = [line.rstrip("\n").split("\t") for line in file if line.strip()]
scores = [float(row[4]) for row in rows]
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    pairs = folder / "pairs.txt"
    pairs.write_text("".join(f"{row[5]}\n{row[6]}\n" for row in rows), encoding="utf-8")
    whole = None
    for precision in PRECISIONS:
        vectors, said = embed(arguments.texts, precision, folder)
        whole = vectors if whole is None else whole
        cosines = (vectors * whole).sum(axis=1)
        both, _ = embed(pairs, precision, folder)
        correlation = spearmanr((both[0::2] * both[1::2]).sum(axis=1), scores).statistic
        print(json.dumps({"precision": precision, "kernels": said.get("kernels"), "texts": len(vectors), "mean_cosine": round(float(cosines.mean()), 5),
                          "worst_cosine": round(float(cosines.min()), 5), "sts_spearman": round(float(correlation), 5)}), flush=True)
