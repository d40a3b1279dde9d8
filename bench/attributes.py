#!/usr/bin/env python3
"""What sasrec takes from being told the attributes of items: as a second loss (feature_loss), and as a training before the training (loss = "none", then
start), on Amazon Beauty in the numbering of the S3-Rec benchmark, with its 637 attributes (configs/reproduce/beauty-s3rec.toml has the split).

    python3 bench/attributes.py build/release/genre [--runs runs/attributes] [--seeds 1]
    python3 bench/attributes.py build/release/genre --validation      the last event of each user is left out, so that settings may be compared

It wants amazon-beauty beside the project. What is there is not trained again. Needs Python 3.8 or newer and nothing else."""
import argparse
import csv
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
SOURCE = ROOT.parent / "shared" / "data" / "amazon-beauty"

CONFIG = """seed = 7

[data]
name = "beauty-attributes"

[[data.interactions]]
path = "histories.txt"
format = "lists"
delimiter = " "

[[data.items]]
path = "items.csv"

[data.split]
kind = "leave_one_out"

[item_text]
template = "{attributes}"

[item_features]
fields = ["attributes"]

[lm]
model = "none"

[evaluate]
metrics = ["hr@10", "ndcg@10"]
"""
BEFORE = """
[model]
name = "sasrec"
loss = "none"
feature_loss = 1
contrastive = {contrastive}
epochs = 10
"""


def write_files(folder, validation):
    lines = (SOURCE / "s3rec_Beauty.txt").read_text().splitlines()
    if validation:
        lines = [line.rsplit(" ", 1)[0] for line in lines]
    (folder / "histories.txt").write_text("".join(f"{line}\n" for line in lines))
    attributes = json.loads((SOURCE / "Beauty_item2attributes.json").read_text())
    with (folder / "items.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("id", "attributes"), *((item, "|".join(map(str, own))) for item, own in attributes.items())])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("genre", help="the program")
    parser.add_argument("--runs", type=pathlib.Path, default=ROOT / "runs" / "attributes")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--validation", action="store_true")
    arguments = parser.parse_args()
    if not SOURCE.is_dir():
        sys.exit(f"error: {SOURCE.name} is not in {SOURCE.parent}")
    folder = arguments.runs.resolve() / ("validation" if arguments.validation else "test")
    folder.mkdir(parents=True, exist_ok=True)
    write_files(folder, arguments.validation)
    (folder / "evaluate.toml").write_text(CONFIG)
    variants = ["", "feature_loss=0.1", "feature_loss=0.3"]
    for name, contrastive in (("attributes", 0), ("attributes-and-views", 0.1)):
        (folder / f"{name}.toml").write_text(CONFIG + BEFORE.format(contrastive=contrastive))
        if not (folder / name).exists():
            subprocess.run([arguments.genre, "train", str(folder / f"{name}.toml"), "--run", str(folder / name)], check=True)
        variants.append(f'start="{folder / name}"')
    models = ",".join(f'{{name="sasrec"{"," if one else ""}{one}}}' for one in variants)
    subprocess.run([arguments.genre, "evaluate", str(folder / "evaluate.toml"), "--seeds", str(arguments.seeds), "--set", f"models=[{models}]"], check=True)


if __name__ == "__main__":
    main()
