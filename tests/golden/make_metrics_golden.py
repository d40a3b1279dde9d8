"""Writes metrics.run, metrics.qrels and metrics.tsv: random rankings and what trec_eval says about them.

Needs `pip install pytrec_eval-terrier`. Run from any folder; the files land beside this script.
"""

import platform
import random
from importlib.metadata import version
from pathlib import Path

import pytrec_eval

FOLDER = Path(__file__).parent
MEASURES = {"ndcg_cut.1,5,10", "P.1,5,10", "recall.1,5,10", "map_cut.1,5,10", "success.1,5,10", "recip_rank"}


def main():
    rng = random.Random(20)
    items = [f"i{n:02d}" for n in range(30)]
    run, qrels = {}, {}
    for q in range(12):
        query = f"q{q:02d}"
        qrels[query] = {item: 1 for item in rng.sample(items, rng.choice([1, 2, 4, 9, 14]))}
        listed = rng.sample(items, rng.choice([3, 10, 20]))
        scores = rng.sample(range(1000), len(listed))  # no ties: trec_eval breaks them in its own way
        run[query] = dict(zip(listed, [score / 8 for score in scores]))

    with open(FOLDER / "metrics.run", "w") as out:
        for query, listed in run.items():
            for rank, (item, score) in enumerate(sorted(listed.items(), key=lambda pair: -pair[1]), 1):
                out.write(f"{query} Q0 {item} {rank} {score} golden\n")
    with open(FOLDER / "metrics.qrels", "w") as out:
        for query, relevant in qrels.items():
            for item in sorted(relevant):
                out.write(f"{query} 0 {item} 1\n")

    values = pytrec_eval.RelevanceEvaluator(qrels, MEASURES).evaluate(run)
    with open(FOLDER / "metrics.tsv", "w") as out:
        out.write(f"# make_metrics_golden.py, pytrec_eval-terrier {version('pytrec_eval-terrier')}, Python {platform.python_version()}\n")
        for query in sorted(values):
            for measure in sorted(values[query]):
                out.write(f"{query}\t{measure}\t{values[query][measure]:.12g}\n")


if __name__ == "__main__":
    main()
