#!/usr/bin/env python3
"""What two numbers say of the yes/no split of MovieLens-1M that bench/collm.py measures language models on: how often a film is liked, and how often the user
liked what they saw of late. A floor for whoever reads titles.

    python3 bench/collm_shares.py                                           the newest 6 films that the user saw before
    python3 bench/collm_shares.py --events 10
    python3 bench/collm_shares.py --genre build/release/genre --classifier RUN/model     and what the classifier of configs/reproduce/ml-1m-yes-no-classifier.toml adds

A logistic regression of the log odds of both shares is learnt from the training part, in which a film's share is that of all other rows, and asked of each row of
the test part whose user saw something before. What came before a row is known, as the prompts of lm_rank tell it. With a classifier its log odds are a third
number, and all regressions are learnt from the validation part, which has only chosen its epoch. Interval as in bench/collm.py.

Needs Python 3.8 or newer and nothing else."""
import argparse
import csv
import math
import pathlib

from collm import ROOT, area_under_curve, classified, interval, prompts

PARTS = ["train", "valid", "test"]
QUESTION = 'model.prompt="{candidate}\\nliked: {history}\\ndisliked: {disliked}"'  # what the classifier reads
DRAWN_TO_THE_MEAN = {"film": 5, "user": 2}  # rows of the usual share that each share has besides


def events(folder):
    """[(part, user, film, liked, [liked or not, oldest first, of what the user saw before])], by user and time."""
    rows = []
    for number, part in enumerate(PARTS):
        with (folder / f"{part}.tsv").open(encoding="utf-8", newline="") as file:
            rows += [(row["uid"], int(row["timestamp"]), number, row["iid"], row["label"] == "1") for row in csv.DictReader(file, delimiter="\t")]
    rows.sort(key=lambda row: row[:3])
    out, seen, of = [], [], None
    for user, _, number, film, liked in rows:
        if user != of:
            seen, of = [], user
        out.append((PARTS[number], user, film, liked, [yes for known, yes in seen if known <= number]))
        seen.append((number, liked))
    return out


def log_odds(yes, count, usual, besides):
    share = (yes + besides * usual) / (count + besides)
    return math.log(share / (1 - share))


def solve(matrix, vector):
    """Gauss-Jordan without pivoting, for a positive definite matrix."""
    rows = [[*row, value] for row, value in zip(matrix, vector)]
    for i in range(len(rows)):
        for j in range(len(rows)):
            if i != j:
                factor = rows[j][i] / rows[i][i]
                rows[j] = [a - factor * b for a, b in zip(rows[j], rows[i])]
    return [row[-1] / row[i] for i, row in enumerate(rows)]


def logistic_regression(inputs, labels, steps=8):
    """Newton's method; the first input is 1."""
    weights = [0.0] * len(inputs[0])
    for _ in range(steps):
        gradient, curvature = [0.0] * len(weights), [[1e-9 * (i == j) for j in range(len(weights))] for i in range(len(weights))]
        for row, label in zip(inputs, labels):
            said = 1 / (1 + math.exp(-sum(w * x for w, x in zip(weights, row))))
            for i, x in enumerate(row):
                gradient[i] += (label - said) * x
                for j, y in enumerate(row):
                    curvature[i][j] += said * (1 - said) * x * y
        weights = [w + step for w, step in zip(weights, solve(curvature, gradient))]
    return weights


def asked(genre, classifier, events_told):
    """{(user, film): log odds} of the parts behind the training."""
    out = {}
    for part in PARTS[1:]:
        rows = prompts(genre, part, [QUESTION, f"model.events={events_told}"])
        out.update(zip(((row["user"], row["item"]) for row in rows), classified(genre, classifier, rows)))
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=6, help="newest films of a user that count")
    parser.add_argument("--data", type=pathlib.Path, default=ROOT.parent / "shared" / "data" / "ml-1m" / "collm", help="the folder of the three files")
    parser.add_argument("--genre", help="the program, for --classifier")
    parser.add_argument("--classifier", help="folder of a classifier of the labels yes and no")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    if arguments.classifier and not arguments.genre:
        parser.error("--genre names the program that asks the classifier")
    if arguments.classifier and arguments.data != parser.get_default("data"):
        parser.error("the classifier reads the files of configs/reproduce/ml-1m-yes-no.toml, so that --data cannot name others")
    rows = [row for row in events(arguments.data) if row[4]]
    train = [row for row in rows if row[0] == "train"]
    usual = sum(liked for _, _, _, liked, _ in train) / len(train)
    films = {}
    for _, _, film, liked, _ in train:
        yes, count = films.get(film, (0, 0))
        films[film] = yes + liked, count + 1

    def shares(row):
        part, _, film, liked, seen = row
        yes, count = films.get(film, (0, 0))
        if part == "train":
            yes, count = yes - liked, count - 1
        newest = seen[-arguments.events:]
        return [log_odds(yes, count, usual, DRAWN_TO_THE_MEAN["film"]), log_odds(sum(newest), len(newest), usual, DRAWN_TO_THE_MEAN["user"])]

    def measure(name, part, inputs):
        learnt = [row for row in rows if row[0] == part]
        weights = logistic_regression([[1.0, *inputs(row)] for row in learnt], [row[3] for row in learnt])
        scored = [(sum(w * x for w, x in zip(weights, [1.0, *inputs(row)])), row[3]) for row in rows if row[0] == "test"]
        low, high = interval(scored, arguments.seed)
        print(f"{name}: AUC {area_under_curve(scored):.4f} [{low:.4f}, {high:.4f}], {len(scored)} rows")

    if not arguments.classifier:
        measure("both shares", "train", shares)
        return
    said = asked(arguments.genre, arguments.classifier, arguments.events)
    measure("both shares", "valid", shares)
    measure("the classifier", "valid", lambda row: [said[row[1], row[2]]])
    measure("all three", "valid", lambda row: [*shares(row), said[row[1], row[2]]])


if __name__ == "__main__":
    main()
