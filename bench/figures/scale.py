"""What large logs need: the peak memory of preparing, training and evaluating."""
import json
import os
import subprocess
import sys
import time

from figures.measure import ENVIRONMENT, GENRE, PEERS, ROOT, last_json, run

HEAD = "| made-up events (`bench/synthetic_events.py`) | goal | peak memory | time |\n|---|---|---|---|"

CONFIG = """seed = 7
[data]
name = "synthetic"
[[data.interactions]]
path = "events.parquet"
format = "parquet"
columns = {{ user = "user", item = "item", time = "time" }}
[data.clean]
duplicates = "last"
[data.split]
kind = "{split}"
[lm]
model = "none"
[evaluate]
metrics = ["ndcg@10", "recall@20"]
"""


def peak(*command):
    """Runs a program; its JSON, its own peak resident memory in bytes and its seconds."""
    start = time.perf_counter()
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=ENVIRONMENT, cwd=ROOT)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"error: {' '.join(map(str, command))} ended with {process.returncode}\n{out}")
    return {"result": last_json(out), "peak_bytes": usage.ru_maxrss * 1024, "seconds": time.perf_counter() - start}


def events(folder, split, **counts):
    folder.mkdir()
    run(PEERS, ROOT / "bench/synthetic_events.py", folder / "events.parquet", *(word for name, count in counts.items() for word in (f"--{name}", count)))
    (folder / "genre.toml").write_text(CONFIG.format(split=split))
    return folder / "genre.toml"


def measure(folder, ceilings):
    figures = {}
    config = events(folder / "prepare", "temporal", events=20_000_000, users=500_000, items=50_000)
    figures["prepare"] = peak(GENRE, "data", "describe", config, "--json")
    config = events(folder / "train", "user_ratio", events=50_000_000, users=1_000_000, items=100_000)
    for model, settings in {"item_knn": ["model.neighbours=100"], "ials": ["model.factors=64"]}.items():
        words = [word for setting in [f'model.name="{model}"', *settings] for word in ("--set", setting)]
        figures[model] = peak(GENRE, "evaluate", config, "--fresh", *words, "--json")
    return figures


def rows(figures):
    def row(what, goal, figure):
        return f"| {what} | {goal} | {figure['peak_bytes'] / 2**30:.1f} GiB | {figure['seconds']:.0f} s |"

    prepared = figures["prepare"]["result"]
    yield row(f"read, clean and describe 20 M events, {prepared['interactions']:,} interactions stay", "4 GiB", figures["prepare"])
    for model, name in {"item_knn": "item-kNN, 100 neighbours", "ials": "iALS, 64 factors"}.items():
        one = figures[model]["result"]["results"][0]
        ndcg = one["metrics"]["ndcg@10"]["value"]
        yield row(f"{name}: train on 50 M events of 1 M users and 100,000 items, rank everything for {one['users']:,} users; NDCG@10 {ndcg:.4f}", "8 GiB", figures[model])
