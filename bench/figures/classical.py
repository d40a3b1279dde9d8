"""The classical models on MovieLens-1M, beside NumPy, SciPy, torch, implicit and RecTools."""
import gzip
import os
import pathlib
import random
import re

from figures.measure import BUILD, PEERS, RECTOOLS, ROOT, json_lines, last_json, run, shared_data

HEAD = "| MovieLens-1M, all ratings as ones, 80 % for training | goal | ours | wall clock, in brackets processor time |\n|---|---|---|---|"
TURNS = 2

# What of ours stands beside which peers, whose parts add up to the same work.
FIGURES = (
    ("fit EASE", "5 times as commonly written; 2 times the best pieces", "EASE fit",
     {"NumPy as commonly written": ["EASE fit as commonly written, {precision}"],
      "sparse Gram, potrf, potri": ["EASE Gram, sparse, {precision}", "EASE inverse, potrf and potri, {precision}"],
      "syrk, potrf, potri": ["EASE Gram, syrk, {precision}", "EASE inverse, potrf and potri, {precision}"]}),
    ("fit item-kNN, 100 neighbours", "5 times implicit", "item-kNN K=100 fit", {"implicit": ["item-kNN K=100 fit"]}),
    ("recommend to all: item-kNN, 100 neighbours", "5 times implicit", "item-kNN K=100 recommend", {"implicit": ["item-kNN K=100 recommend"]}),
    ("recommend to all: 64 factors", "5 times NumPy or implicit", "64 factors recommend", {"NumPy": ["64 factors recommend"], "implicit": ["64 factors recommend"]}),
    ("recommend to all: EASE", "", "EASE recommend", {"NumPy": ["EASE recommend"], "torch": ["EASE recommend"]}),
    ("the same and ten metrics", "6 times the best of NumPy and torch", "EASE recommend and ten metrics",
     {"NumPy": ["EASE recommend and ten metrics"], "torch": ["EASE recommend and ten metrics"]}),
    ("ten metrics of ready lists (RecTools: five of them)", "5 times RecTools", "ten metrics", {"NumPy": ["ten metrics"], "RecTools": ["five metrics"]}),
)
# name, goal, our arguments, the peer's. Equal loss and equal quality are printed beside the times.
FACTORS = (
    ("ALS, 64 factors, conjugate gradients, one iteration", "2.5 times implicit", ["ials", 10, "solver=\"cg\"", "conjugate_steps=2", "alpha=1.0", "l2=0.01", "l2_exponent=0.0"], ["als", 10]),
    ("ALS, 64 factors, Cholesky, one iteration", "3 times implicit", ["ials", 5, "solver=\"cholesky\"", "alpha=1.0", "l2=0.01", "l2_exponent=0.0"], ["als_cholesky", 5]),
    ("BPR, 64 factors, one epoch of 50, `blocks`", "not slower than implicit", ["bpr", 50, "order=\"blocks\"", "learning_rate=0.01", "l2=0.01"], ["bpr", 50, "--ndcg"]),
    ("BPR, one epoch of 50, `unordered`", "1.5 times implicit", ["bpr", 50, "order=\"unordered\"", "learning_rate=0.01", "l2=0.01"], ["bpr", 50, "--ndcg"]),
)


def movielens_1m(folder):
    """Train and test pairs (80 : 20, seeded) of MovieLens-1M with numbers for ids, or None where its ratings are not on this
    machine: GENRE_MOVIELENS_1M names ratings.dat, or user,item,rating with a header, packed by gzip or not. `pairs` files have no
    header, `tsv` files have one."""
    named = os.environ.get("GENRE_MOVIELENS_1M")
    ratings = pathlib.Path(named) if named else shared_data("ml-1m/ratings_no_ts.csv.gz")
    if ratings is None:
        return None
    opened = gzip.open(ratings, "rt") if ratings.suffix == ".gz" else open(ratings, encoding="latin-1")
    with opened as lines:
        pairs = [re.split("::|,", line)[:2] for line in lines if line[0].isdigit()]
    numbers = [{id: n for n, id in enumerate(sorted({pair[side] for pair in pairs}, key=int))} for side in (0, 1)]
    chosen, parts = random.Random(7), {"train": [], "test": []}
    for user, item in pairs:
        parts["test" if chosen.random() < 0.2 else "train"].append(f"{numbers[0][user]}\t{numbers[1][item]}\n")
    for name, lines in parts.items():
        (folder / f"{name}.pairs").write_text("".join(lines))
        (folder / f"{name}.tsv").write_text("user\titem\n" + "".join(lines))
    return folder / "train.pairs", folder / "test.pairs"


def products(folder, parts):
    """{(by, what): smallest wall-clock and processor seconds} of ours and the peers, turn by turn."""
    out, lists = {}, folder / "ease.lists"
    for _ in range(TURNS):
        for command in ([BUILD / "bench" / "classical", *parts, 2, lists], [PEERS, ROOT / "bench/peers/classical.py", *parts, 1],
                        [RECTOOLS, ROOT / "bench/peers/rectools_metrics.py", parts[1], lists, 3]):
            for one in json_lines(run(*command).stdout):
                best = out.setdefault(f"{one['by']}: {one['what']}", one)
                for key in ("seconds", "processor_seconds"):
                    best[key] = min(best[key], one[key])
    return out


def factors(folder):
    out = []
    for label, goal, ours, peer in FACTORS:
        pair = {"what": label, "goal": goal}
        for _ in range(2):
            for by, command in (("genre", [BUILD / "bench" / "factor_fit", folder, *ours]), ("implicit", [PEERS, ROOT / "bench/peers/implicit_factors.py", folder, *peer])):
                one = last_json(run(*command).stdout)
                best = pair.setdefault(by, one)
                for key in ("seconds_an_iteration", "processor_seconds_an_iteration"):
                    best[key] = min(best[key], one[key])
        out.append(pair)
    return out


def measure(folder, ceilings):
    parts = movielens_1m(folder)
    return None if parts is None else {"products": products(folder, parts), "factors": factors(folder)}


def ratio(ours, theirs, wall, processor):
    return f"{theirs[wall] / ours[wall]:.1f} times ({theirs[processor] / ours[processor]:.1f})"


def rows(figures):
    if figures is None:
        return
    found = figures["products"]
    for label, goal, ours, peers in FIGURES:
        cells, beside = found[f"genre: {ours}"], []
        for peer, parts in peers.items():
            by = {"implicit": "implicit", "torch": "torch", "RecTools": "rectools"}.get(peer, "numpy")
            for precision in ("float64", "float32") if "{precision}" in parts[0] else ("",):
                whole = [found[f"{by}: {part.format(precision=precision)}"] for part in parts]
                theirs = {key: sum(one[key] for one in whole) for key in ("seconds", "processor_seconds")}
                beside.append(f"{' '.join(filter(None, (peer, precision)))} {theirs['seconds'] * 1000:.0f} ms: {ratio(cells, theirs, 'seconds', 'processor_seconds')}")
        yield f"| {label} | {goal} | {cells['seconds'] * 1000:.1f} ms | {'; '.join(beside)} |"
    for pair in figures["factors"]:
        ours, peer = pair["genre"], pair["implicit"]
        reached = next(f"{key} {ours[key]:,} and {peer[key]:,}" for key in ("loss", "ndcg@10") if key in peer)
        yield (f"| {pair['what']} | {pair['goal']} | {ours['seconds_an_iteration'] * 1000:.0f} ms | implicit {peer['seconds_an_iteration'] * 1000:.0f} ms: "
               f"{ratio(ours, peer, 'seconds_an_iteration', 'processor_seconds_an_iteration')}; {reached} |")
