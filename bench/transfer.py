#!/usr/bin/env python3
"""What a recommender of texts takes from two catalogues to a third: unisrec learns from histories of books (Goodreads) and films (MovieLens-1M) together, and
goes on with cosmetics (configs/reproduce/beauty-next-item.toml), beside trainings of the same length that begin afresh.

    python3 bench/transfer.py build/release/genre [--runs runs/transfer] [--epochs 5]

It wants goodreads-once, ml-1m and amazon-beauty beside the project, where the configurations have them. What is there is not trained again.
Needs Python 3.8 or newer and nothing else."""
import argparse
import csv
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
TARGET = ROOT / "configs" / "reproduce" / "beauty-next-item.toml"

BEFORE = """seed = 7

[data]
name = "books-and-films"

[[data.interactions]]
path = "books.txt"
format = "lists"
delimiter = " "
catalogue = "books"

[[data.interactions]]
path = "{data}/ml-1m/chrono_ge3.txt"
format = "lists"
delimiter = " "
catalogue = "films"

[[data.items]]
path = "books.csv"
catalogue = "books"

[[data.items]]
path = "{data}/ml-1m/movies.dat"
delimiter = "::"
header = false
encoding = "latin-1"
columns = {{ id = 0, title = 1, genres = 2 }}
catalogue = "films"

[data.split]
kind = "none"

[item_text]
template = "{{title}} {{genres}}"

[lm]
model = "all-MiniLM-L6-v2"

[model]
name = "unisrec"
epochs = 5
loss = "sampled_softmax"
contrastive = 0.001
"""


def write_books(folder):
    """Histories name books by their row of tok.bid.dat."""
    source = DATA / "goodreads-once"
    ids = (source / "tok.bid.dat").read_text().split()
    titles = dict((line.split("\t") + [""])[:2] for line in (source / "book.csv").read_text(encoding="utf-8").splitlines()[1:])
    with (folder / "books.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("id", "title"), *((row, titles.get(book, "")) for row, book in enumerate(ids))])
    lines = (source / "histories.tsv").read_text().splitlines()[1:]
    (folder / "books.txt").write_text("".join(line.replace("\t", " ") + "\n" for line in lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("genre", help="the program")
    parser.add_argument("--runs", type=pathlib.Path, default=ROOT / "runs" / "transfer")
    parser.add_argument("--epochs", type=int, default=5, help="of cosmetics")
    arguments = parser.parse_args()
    if missing := [name for name in ("goodreads-once", "ml-1m", "amazon-beauty") if not (DATA / name).is_dir()]:
        sys.exit(f"error: {', '.join(missing)} not in {DATA}")
    runs = arguments.runs.resolve()
    before = runs / "books-and-films"
    runs.mkdir(parents=True, exist_ok=True)
    if not before.exists():
        write_books(runs)
        (runs / "books-and-films.toml").write_text(BEFORE.format(data=DATA))
        subprocess.run([arguments.genre, "train", str(runs / "books-and-films.toml"), "--run", str(before)], check=True)
    start, epochs = f'start="{before}"', f"epochs={arguments.epochs}"
    variants = [f"{start},epochs=0", epochs, f"{start},{epochs}", f"{start},{epochs},frozen_network=true", f"{epochs},id_dropout=0.2", f"{start},{epochs},id_dropout=0.2"]
    models = ",".join(f'{{name="unisrec",{one}}}' for one in variants)
    subprocess.run([arguments.genre, "evaluate", str(TARGET), "--set", f"models=[{models}]"], check=True)


if __name__ == "__main__":
    main()
