"""Why RecBole's popularity is below ours on MovieLens-1M: how its model Pop counts.

    genre data split configs/reproduce/ml-1m-recbole.toml --output split
    python bench/peers/recbole_popularity.py split

Takes the interactions of all parts and deals them out anew for each seed: a tenth of each user's, rounded down, to test and
as many to validation, as RecBole does. Pop adds one to the items of a training batch by index assignment, which counts
an item once a batch however often it is there. RecBole's configuration for this table has batches of 4,096, one item
drawn as negative for each interaction; both halves are in the batch that Pop counts. Rankings are over all items but
those of training and validation, cut off at 10; ties are broken at random. Needs NumPy.
"""
import sys

import numpy as np

SEEDS, BATCH, K = 10, 4096, 10
PUBLISHED = (0.1006, 0.0699, 0.1890, 0.4572, 0.0866)


def read(folder):
    """The items of each user, and how many items there are."""
    ids, rows = {}, {}
    for part in ("train", "valid", "test"):
        with open(f"{folder}/{part}.tsv", encoding="utf-8") as lines:
            next(lines)
            for line in lines:
                user, item = line.split("\t", 2)[:2]
                rows.setdefault(user, []).append(ids.setdefault(item, len(ids)))
    return [np.array(rows[user]) for user in sorted(rows)], len(ids)


def deal(rows, items, random):
    """Training pairs, and U x I flags of what is seen before the test and of what is relevant in it."""
    train, seen, relevant = [], np.zeros((len(rows), items), bool), np.zeros((len(rows), items), bool)
    for user, own in enumerate(rows):
        own, tenth = random.permutation(own), len(own) // 10
        relevant[user, own[:tenth]] = seen[user, own[tenth:]] = True
        train += [(user, item) for item in own[2 * tenth:]]
    return np.array(train), seen, relevant


def once_a_batch(train, items, random, negatives):
    """How many batches each item is in; with `negatives` half of a batch are items that its users have not in training."""
    touched = np.zeros((train[:, 0].max() + 1, items), bool)
    touched[tuple(train.T)] = True
    train, counts = random.permutation(train), np.zeros(items, np.int64)
    size = BATCH // 2 if negatives else BATCH
    for batch in np.split(train, range(size, len(train), size)):
        shown = np.zeros(items, bool)
        shown[batch[:, 1]] = True
        if negatives:
            drawn = random.integers(items, size=len(batch))
            while (again := touched[batch[:, 0], drawn]).any():
                drawn[again] = random.integers(items, size=again.sum())
            shown[drawn] = True
        counts += shown
    return counts


def measure(counts, seen, relevant, random):
    """Means over users with relevant items of NDCG, recall, MRR, hit rate and precision at K."""
    order = np.lexsort((random.permutation(len(counts)), -counts))
    discount = 1 / np.log2(np.arange(2, K + 2))
    values = []
    for user in np.flatnonzero(relevant.any(axis=1)):
        hits = relevant[user, order[~seen[user, order]][:K]]
        wanted = relevant[user].sum()
        first = 1 / (np.argmax(hits) + 1) if hits.any() else 0
        values.append((discount[hits].sum() / discount[:wanted].sum(), hits.sum() / wanted, first, hits.any(), hits.sum() / K))
    return np.mean(values, axis=0)


def main():
    rows, items = read(sys.argv[1])
    ways = {
        "every interaction": lambda train, random: np.bincount(train[:, 1], minlength=items),
        "once a batch": lambda train, random: once_a_batch(train, items, random, negatives=False),
        "once a batch, with negatives": lambda train, random: once_a_batch(train, items, random, negatives=True),
    }
    results, tied = {way: [] for way in ways}, {way: [] for way in ways}
    for seed in range(SEEDS):
        random = np.random.default_rng(seed)
        train, seen, relevant = deal(rows, items, random)
        for way, count in ways.items():
            counts = count(train, random)
            tied[way].append((counts == counts.max()).sum())
            results[way].append(measure(counts, seen, relevant, random))
    print("counted".ljust(30) + "".join(f"{name:>17}" for name in ("ndcg@10", "recall@10", "mrr@10", "hr@10", "precision@10")) + "   tied at the top")
    for way, values in results.items():
        mean, deviation = np.mean(values, axis=0), np.std(values, axis=0, ddof=1)
        print(way.ljust(30) + "".join(f"{m:10.4f} ±{d:.4f}" for m, d in zip(mean, deviation)) + f"   {np.mean(tied[way]):.0f} items")
    print("RecBole's table".ljust(30) + "".join(f"{value:10.4f}{'':7}" for value in PUBLISHED))


main()
