#!/usr/bin/env python3
"""What a precision of an encoder costs: cosine to its own fp32 vectors over the lines of a text file, and Spearman's correlation with the
human scores of an STS benchmark file. Prints one JSON line a precision.

Needs: pip install numpy scipy.
Run: python3 bench/encoder_accuracy.py build/release/genre --texts titles.txt --sts sts-test.csv [--model all-MiniLM-L6-v2]
"""
import argparse
import json

from scipy.stats import spearmanr

from sts import Pairs, embed, lines

PRECISIONS = ("fp32", "bf16", "int8")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("genre")
    parser.add_argument("--model", default="all-MiniLM-L6-v2")
    parser.add_argument("--texts", required=True)
    parser.add_argument("--sts", required=True)
    arguments = parser.parse_args()
    pairs, texts = Pairs(arguments.sts), lines(arguments.texts)
    whole = None
    for precision in PRECISIONS:
        options = ("--model", arguments.model, "--precision", precision)
        vectors, said = embed(arguments.genre, texts, *options)
        whole = vectors if whole is None else whole
        cosines = (vectors * whole).sum(axis=1)
        correlation = spearmanr(pairs.cosines(arguments.genre, *options), pairs.scores).statistic
        print(json.dumps({"precision": precision, "kernels": said.get("kernels"), "texts": len(vectors), "mean_cosine": round(float(cosines.mean()), 5),
                          "worst_cosine": round(float(cosines.min()), 5), "sts_spearman": round(float(correlation), 5)}), flush=True)


if __name__ == "__main__":
    main()
