#!/usr/bin/env python3
"""ALS and BPR of `implicit` on the parts that `genre data split` wrote: every row of train.tsv a positive. Prints one JSON
line: seconds an iteration, and the loss (ALS) or NDCG@10 on test.tsv. bench/factor_fit.cc does the same with genre.

Needs: pip install implicit.
Run: python3 bench/peers/implicit_factors.py PARTS (als|als_cholesky|bpr) ITERATIONS [--alpha 1 --l2 0.01 --factors 64 --threads 2]
"""
import argparse
import json
import os
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # implicit has threads of its own above it
import implicit
import numpy as np
import scipy.sparse as sp
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking

parser = argparse.ArgumentParser()
parser.add_argument("parts")
parser.add_argument("model", choices=["als", "als_cholesky", "bpr"])
parser.add_argument("iterations", type=int)
parser.add_argument("--alpha", type=float, default=1.0)
parser.add_argument("--l2", type=float, default=0.01)
parser.add_argument("--learning-rate", type=float, default=0.01)
parser.add_argument("--factors", type=int, default=64)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--ndcg", action="store_true", help="also NDCG@10 on test.tsv, what train.tsv and valid.tsv hold left out")
parser.add_argument("--runs", type=int, default=3, help="the fastest counts; 1: no time for one iteration is taken away")
a = parser.parse_args()


def read(path):
    with open(path, encoding="utf-8") as lines:
        next(lines)
        return [line.split("\t")[:2] for line in lines]


train = read(a.parts + "/train.tsv")
users, items = {}, {}
rows = np.array([users.setdefault(u, len(users)) for u, _ in train])
cols = np.array([items.setdefault(i, len(items)) for _, i in train])
x = sp.csr_matrix((np.ones(len(rows), np.float32), (rows, cols)))


def build(iterations):
    if a.model == "bpr":
        return BayesianPersonalizedRanking(factors=a.factors, learning_rate=a.learning_rate, regularization=a.l2, iterations=iterations, num_threads=a.threads,
                                           random_state=1, verify_negative_samples=True)
    return AlternatingLeastSquares(factors=a.factors, regularization=a.l2, alpha=1.0, iterations=iterations, num_threads=a.threads, use_cg=a.model == "als",
                                   random_state=1, calculate_training_loss=False)


data = x if a.model == "bpr" else (x * (1 + a.alpha)).tocsr()  # implicit takes the confidence itself


def fit(iterations):
    wall, processor, model = 1e30, 1e30, None
    for _ in range(a.runs):
        model = build(iterations)
        start, busy = time.perf_counter(), time.process_time()
        model.fit(data, show_progress=False)
        wall, processor = min(wall, time.perf_counter() - start), min(processor, time.process_time() - busy)
    return wall, processor, model


one, one_processor, _ = fit(1) if a.runs > 1 else (0.0, 0.0, None)
seconds, processor, model = fit(a.iterations)
out = {"model": a.model, "interactions": int(x.nnz), "threads": a.threads, "iterations": a.iterations, "seconds": round(seconds, 4),
       "seconds_an_iteration": round((seconds - one) / (a.iterations - (a.runs > 1)), 5),
       "processor_seconds_an_iteration": round((processor - one_processor) / (a.iterations - (a.runs > 1)), 5), "implicit": implicit.__version__}
u, v = np.asarray(model.user_factors, np.float64), np.asarray(model.item_factors, np.float64)
if a.model != "bpr":
    s = np.einsum("nd,nd->n", u[rows], v[cols])
    out["loss"] = round(float(np.sum((u.T @ u) * (v.T @ v)) + a.l2 * (np.sum(u * u) + np.sum(v * v)) + np.sum((1 + a.alpha) * (1 - s) ** 2 - s * s)), 1)
if a.ndcg:
    truth, seen = {}, {}
    for user, item in train + (read(a.parts + "/valid.tsv") if os.path.exists(a.parts + "/valid.tsv") else []):
        if user in users and item in items:
            seen.setdefault(users[user], []).append(items[item])
    for user, item in read(a.parts + "/test.tsv"):
        if user in users:
            truth.setdefault(users[user], set()).add(items.get(item, -1))
    discount, total = 1 / np.log2(np.arange(2, 12)), 0.0
    for user, wanted in truth.items():
        scores = u[user] @ v.T
        scores[seen[user]] = -np.inf
        best = np.argpartition(-scores, 10)[:10]
        best = best[np.argsort(-scores[best])]
        hits = np.array([i in wanted for i in best])
        total += (hits * discount).sum() / discount[: min(10, len(wanted))].sum()
    out["ndcg@10"] = round(total / len(truth), 4)
print(json.dumps(out))
