#!/usr/bin/env python3
"""Spearman's correlation of two models' cosines with the human scores of an STS benchmark file, and the 95 % interval of their difference
over 1,000 bootstrap samples of the pairs. Prints one JSON line.

Needs: pip install numpy scipy.
Run: python3 bench/sts_difference.py build/release/genre sts-test.csv all-MiniLM-L6-v2 runs/contrastive-.../model
"""
import json
import sys

import numpy
from scipy.stats import spearmanr

from sts import Pairs

SEED, SAMPLES = 7, 1000


def main():
    genre, path, before, after = sys.argv[1:]
    pairs = Pairs(path)
    scores, first, second = pairs.scores, *(pairs.cosines(genre, "--model", model) for model in (before, after))
    random, differences = numpy.random.default_rng(SEED), []
    for _ in range(SAMPLES):
        some = random.integers(0, len(scores), len(scores))
        differences.append(spearmanr(second[some], scores[some]).statistic - spearmanr(first[some], scores[some]).statistic)
    low, high = numpy.percentile(differences, [2.5, 97.5])
    print(json.dumps({"pairs": len(scores), "before": round(float(spearmanr(first, scores).statistic), 4),
                      "after": round(float(spearmanr(second, scores).statistic), 4), "difference": [round(float(low), 4), round(float(high), 4)]}))


if __name__ == "__main__":
    main()
