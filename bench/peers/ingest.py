"""polars and pandas on what bench/ingest does: read a CSV of ratings, leave the last of each (user, item), take the
10-core, number ids densely. Usage: ingest.py FILE THREADS [RUNS]; prints one JSON line."""
import json
import os
import sys
import time


def seconds_of(work, runs):
    work()
    out = []
    for _ in range(runs):
        start = time.perf_counter()
        shape = work()
        out.append(time.perf_counter() - start)
    out.sort()
    return {"seconds": out[0], "median": out[len(out) // 2], "interactions": shape[0], "users": shape[1], "items": shape[2]}


def with_polars(path, core=10):
    import polars as pl

    frame = pl.read_csv(path).unique(subset=["user_id", "movie_id"], keep="last", maintain_order=True)
    height = 0
    while height != frame.height:
        height = frame.height
        frame = frame.filter(pl.len().over("movie_id") >= core).filter(pl.len().over("user_id") >= core)
    frame = frame.with_columns(pl.col("user_id").rank("dense").alias("u"), pl.col("movie_id").rank("dense").alias("i"))
    return frame.height, frame["u"].max(), frame["i"].max()


def with_pandas(path, core=10):
    import pandas as pd

    frame = pd.read_csv(path, engine="pyarrow").drop_duplicates(["user_id", "movie_id"], keep="last")
    length = 0
    while length != len(frame):
        length = len(frame)
        frame = frame[frame.groupby("movie_id")["movie_id"].transform("size") >= core]
        frame = frame[frame.groupby("user_id")["user_id"].transform("size") >= core]
    users, items = pd.factorize(frame["user_id"]), pd.factorize(frame["movie_id"])
    return len(frame), len(users[1]), len(items[1])


def main(path, threads, runs=7):
    for name in ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = threads
    import pandas
    import polars
    import pyarrow

    pyarrow.set_cpu_count(int(threads))
    print(json.dumps({"polars " + polars.__version__: seconds_of(lambda: with_polars(path), runs),
                      "pandas " + pandas.__version__: seconds_of(lambda: with_pandas(path), runs)}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
