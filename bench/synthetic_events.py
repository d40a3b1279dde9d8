#!/usr/bin/env python3
"""A log of made-up events as Parquet: what the figures of size run on.

    bench/synthetic_events.py FILE --events N --users N --items N [--seed N]

Users differ in how much they do (log-normal), items in how often they are met (Zipf), and two events of three are of the user's own
group of tastes, so that models find something. The same seed gives the same file. Prints one JSON line."""
import argparse
import json

import numpy as np
import pyarrow
import pyarrow.parquet

CHUNK = 1 << 20
GROUPS = 100
YEAR = 365 * 86400


def cumulative(weights):
    total = np.cumsum(weights)
    return total / total[-1]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("file")
    arguments.add_argument("--events", type=int, required=True)
    arguments.add_argument("--users", type=int, required=True)
    arguments.add_argument("--items", type=int, required=True)
    arguments.add_argument("--seed", type=int, default=7)
    a = arguments.parse_args()
    random = np.random.default_rng(a.seed)
    users = cumulative(random.lognormal(0, 1, a.users))
    group_of_user = random.integers(0, GROUPS, a.users)
    items = cumulative(1 / np.arange(1, a.items + 1) ** 0.8)
    in_group = a.items // GROUPS
    group_items = cumulative(1 / np.arange(1, in_group + 1) ** 0.8)
    schema = pyarrow.schema([("user", pyarrow.int32()), ("item", pyarrow.int32()), ("time", pyarrow.int64())])
    with pyarrow.parquet.ParquetWriter(a.file, schema, compression="zstd") as out:
        for begin in range(0, a.events, CHUNK):
            count = min(CHUNK, a.events - begin)
            user = np.searchsorted(users, random.random(count)).astype(np.int32)
            own = random.random(count) < 2 / 3
            # Rank r of a group is item r * GROUPS + group: each group has popular items and rare ones.
            of_group = np.searchsorted(group_items, random.random(count)) * GROUPS + group_of_user[user]
            item = np.where(own, of_group, np.searchsorted(items, random.random(count))).astype(np.int32)
            # In time order, as a log is.
            time = 1_700_000_000 + np.sort(random.integers(YEAR * begin // a.events, YEAR * (begin + count) // a.events, count))
            out.write_table(pyarrow.table([user, item, time], schema=schema))
    print(json.dumps({"events": a.events, "users": a.users, "items": a.items, "seed": a.seed}))


if __name__ == "__main__":
    main()
