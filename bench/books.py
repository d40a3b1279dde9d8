#!/usr/bin/env python3
"""What comes next among books: sasrec beside lm_sasrec with and without words, on 23,089 histories of Goodreads, titles as text, the last book of each foretold.

    python3 bench/books.py build/release/genre              --runs FOLDER keeps data, configuration and report

It wants goodreads-once beside the project, where the configurations have it. The histories name books by rows of another file, so that no configuration
alone can read them.

Needs Python 3.8 or newer and nothing else."""
import argparse
import pathlib
import subprocess
import sys

from transfer import DATA, ROOT, write_books

CONFIG = """seed = 7

[data]
name = "books"

[[data.interactions]]
path = "books.txt"
format = "lists"
delimiter = " "

[[data.items]]
path = "books.csv"

[data.split]
kind = "leave_one_out"

[item_text]
template = "{title}"

[lm]
model = "all-MiniLM-L6-v2"

[evaluate]
metrics = ["hr@10", "ndcg@10"]

[[models]]
name = "sasrec"

[[models]]
name = "lm_sasrec"

[[models]]
name = "lm_sasrec"
words = true
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("genre", help="the program")
    parser.add_argument("--runs", type=pathlib.Path, default=ROOT / "runs" / "books")
    arguments = parser.parse_args()
    if not (DATA / "goodreads-once").is_dir():
        sys.exit(f"error: goodreads-once is not in {DATA}")
    arguments.runs.mkdir(parents=True, exist_ok=True)
    write_books(arguments.runs)
    config = arguments.runs / "books.toml"
    config.write_text(CONFIG)
    sys.exit(subprocess.run([arguments.genre, "evaluate", config, "--report", arguments.runs / "report"]).returncode)


if __name__ == "__main__":
    main()
