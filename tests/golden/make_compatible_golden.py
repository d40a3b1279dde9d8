"""Writes compatible.run, compatible.qrels and compatible.tsv: rankings with ties and graded judgements, and what
trec_eval, RecTools and scikit-learn say about them.

Needs `pip install pytrec_eval-terrier rectools scikit-learn`. Run from any folder; the files land beside this script.
"""

import platform
import random
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytrec_eval
from rectools.metrics import MAP, MRR, NDCG, HitRate, Precision, Recall, calc_metrics
from sklearn.metrics import log_loss, mean_absolute_error, mean_squared_error, roc_auc_score

FOLDER = Path(__file__).parent
CUTOFFS = (1, 5, 10)
TREC = {"ndcg": "ndcg_cut", "precision": "P", "recall": "recall", "map": "map_cut", "hr": "success"}


def make_files():
    rng = random.Random(21)
    items = [f"i{n:02d}" for n in range(30)]
    run, qrels = {}, {}
    for q in range(14):
        query = f"q{q:02d}"
        judged = rng.sample(items, rng.choice([4, 9, 14]))
        qrels[query] = {item: rng.choice([0, 1, 1, 2, 3]) for item in judged}
        qrels[query][judged[0]] = 2  # something to find
        if q == 5:
            continue  # a query without a list
        listed = rng.sample(items, rng.choice([3, 10, 20]))
        run[query] = {item: rng.choice(range(1, 8)) / 8 for item in listed}  # many ties
    with open(FOLDER / "compatible.run", "w") as out:
        for query, listed in run.items():
            for rank, (item, score) in enumerate(sorted(listed.items(), key=lambda pair: (-pair[1], pair[0])), 1):
                out.write(f"{query} Q0 {item} {rank} {score} golden\n")
    with open(FOLDER / "compatible.qrels", "w") as out:
        for query, judged in qrels.items():
            for item in sorted(judged):
                out.write(f"{query} 0 {item} {judged[item]}\n")
    return run, qrels


def trec_eval(run, qrels):
    measures = {f"{name}.{','.join(map(str, CUTOFFS))}" for name in TREC.values()}
    values = pytrec_eval.RelevanceEvaluator(qrels, measures).evaluate(run)
    for ours, theirs in TREC.items():
        for k in CUTOFFS:
            own = [value[f"{theirs}_{k}"] for value in values.values()]
            yield "trec_eval", f"{ours}@{k}", sum(own) / len(own)


def rectools(run, qrels):
    rows = [
        (query, item, rank)
        for query, listed in run.items()
        for rank, (item, _) in enumerate(sorted(listed.items(), key=lambda pair: (-pair[1], pair[0])), 1)
    ]
    reco = pd.DataFrame(rows, columns=["user_id", "item_id", "rank"])
    liked = [(query, item) for query, judged in qrels.items() for item, grade in judged.items() if grade >= 1]
    interactions = pd.DataFrame(liked, columns=["user_id", "item_id"])
    kinds = {"ndcg": NDCG, "precision": Precision, "recall": Recall, "map": MAP, "mrr": MRR, "hr": HitRate}
    metrics = {f"{name}@{k}": kind(k=k) for name, kind in kinds.items() for k in CUTOFFS}
    for name, value in calc_metrics(metrics, reco=reco, interactions=interactions).items():
        yield "rectools", name, value


def areas(run, qrels):
    """AUC by query, unweighted as in MIND and weighted by positives as in RecBole, and over all pairs."""
    values, weights, all_labels, all_scores = [], [], [], []
    for query, listed in run.items():
        labels = [1 if qrels[query].get(item, 0) >= 1 else 0 for item in listed]
        all_labels += labels
        all_scores += listed.values()
        if len(set(labels)) == 2:
            values.append(roc_auc_score(labels, list(listed.values())))
            weights.append(sum(labels))
    yield "mind", "gauc", sum(values) / len(values)
    yield "genre", "gauc", sum(v * w for v, w in zip(values, weights)) / sum(weights)
    yield "genre", "auc", roc_auc_score(all_labels, all_scores)


def errors(run, qrels):
    rows = [(judged[item], listed[item]) for query, listed in run.items() for judged in [qrels[query]] for item in listed if item in judged]
    labels, scores = zip(*rows)
    yield "genre", "rmse", mean_squared_error(labels, scores) ** 0.5
    yield "genre", "mae", mean_absolute_error(labels, scores)
    yield "genre", "log_loss", log_loss([1 if label >= 1 else 0 for label in labels], scores)


def main():
    run, qrels = make_files()
    packages = ", ".join(f"{name} {version(name)}" for name in ("pytrec_eval-terrier", "rectools", "scikit-learn"))
    with open(FOLDER / "compatible.tsv", "w") as out:
        out.write(f"# make_compatible_golden.py, {packages}, Python {platform.python_version()}\n")
        for source in (trec_eval, rectools, areas, errors):
            for definition, metric, value in source(run, qrels):
                out.write(f"{definition}\t{metric}\t{value:.12g}\n")


if __name__ == "__main__":
    main()
