#!/usr/bin/env python3
"""Financial sentiment in a cross-validation of five folds: genre lm finetune with all weights and with LoRA (configs/reproduce/phrasebank.toml), beside the loop
that people write with Transformers (bench/peers/train_classifier.py), on the same parts.

    python3 bench/phrasebank.py build/release/genre [--peer build/peers/bin/python] [--only full,lora,lora_frozen_4,transformers] [--folds 5]
    python3 bench/phrasebank.py --table                                     the table of what is there

A tenth of what is not tested on chooses the epoch; Transformers' loop keeps its last weights and learns from that tenth too. Results are lines of
RUNS/results.jsonl; what is there is not done again. Accuracy is given with its 95 % interval over the folds (Student's t), and the difference to
Transformers' fold by fold. bf16 is used where --bf16 is given, by both.

Needs Python 3.11 or newer; the peer needs tools/setup benchmark."""
import argparse
import json
import pathlib
import random
import shutil
import subprocess
import sys

from few_labels import ROOT, finetune, sentences, shown, write_rows

CONFIG = ROOT / "configs" / "reproduce" / "phrasebank.toml"
FOLDS = 5
LORA = {"finetune.tune": "lora", "finetune.lora.rank": 8, "finetune.lora.targets": ["query", "key", "value", "attention_output", "inner", "outer"],
        "optimizer.learning_rate": 1e-3, "optimizer.ema": 0.995}
OURS = {
    "full": {},
    "lora": {"finetune.frozen_layers": 3, **LORA},
    "lora_frozen_4": {"finetune.frozen_layers": 4, **LORA},
    "ensemble_of_3": {"finetune.ensemble": 3},
}
WAYS = [*OURS, "transformers"]


def parts(fold):
    """{part: [(text, label)]}, every label as often as in the whole, up to one."""
    by_label = {}
    for text, label in sentences().items():
        by_label.setdefault(label, []).append((text, label))
    out = {"train": [], "valid": [], "test": []}
    for label in sorted(by_label):
        rows = random.Random(label).sample(by_label[label], len(by_label[label]))
        rest = [row for n, row in enumerate(rows) if n % FOLDS != fold]
        out["test"] += rows[fold::FOLDS]
        out["valid"] += rest[::10]
        out["train"] += [row for n, row in enumerate(rest) if n % 10]
    return out


def ours(genre, folder, way, fold, precision):
    run = folder / f"{way}-{fold}"
    shutil.rmtree(run, ignore_errors=True)
    files = {part: write_rows(folder / f"{part}-{fold}.csv", rows) for part, rows in parts(fold).items()}
    settings = {**OURS[way], "finetune.precision": precision, "finetune.examples": [{"path": path, "part": part} for part, path in files.items()]}
    if (out := finetune(genre, CONFIG, run, settings)) is None:
        sys.exit("error: a training failed, as said above; the same command goes on")
    shutil.rmtree(run)  # models take room
    members = out.get("members", [out])
    test = out["test"]["accuracy"]
    return {"accuracy": test["ensemble"] if isinstance(test, dict) else test, "seconds": sum(one["seconds"] for one in members),
            "trained": members[0]["trainable_parameters"]}


def theirs(genre, peer, folder, fold, precision):
    labels = ["negative", "neutral", "positive"]
    path = folder / f"examples-{fold}.jsonl"
    with path.open("w") as file:
        for part, rows in parts(fold).items():
            for text, label in rows:
                file.write(json.dumps({"text": text, "label": labels.index(label), "part": "test" if part == "test" else "train"}) + "\n")
    model = json.loads(subprocess.run([genre, "lm", "info", "--json"], stdout=subprocess.PIPE, text=True, check=True).stdout)["folder"]
    command = [peer, str(ROOT / "bench/peers/train_classifier.py"), model, str(path), "--epochs", "4"] + (["--bf16"] if precision == "bf16" else [])
    out = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    return {"accuracy": out["accuracy"], "seconds": out["samples"] / out["samples_per_second"], "trained": out["trained"]}


def table(results):
    found = {}
    for one in results:
        found.setdefault(one["way"], {})[one["fold"]] = one
    print("| way | accuracy | each fold | difference to Transformers | numbers trained | seconds a fold |\n|---|---|---|---|---|---|")
    for way in WAYS:
        folds = found.get(way, {})
        if not folds:
            print(f"| {way} | not run | | | | |")
            continue
        runs = [folds[fold] for fold in sorted(folds)]
        peer = found.get("transformers", {})
        apart = [folds[fold]["accuracy"] - peer[fold]["accuracy"] for fold in sorted(folds) if fold in peer]
        print(f"| {way} | {shown([run['accuracy'] for run in runs])} | {' '.join(format(run['accuracy'], '.3f') for run in runs)} | "
              f"{shown(apart, '+') if apart and way != 'transformers' else ''} | {runs[0]['trained']} | {sum(run['seconds'] for run in runs) / len(runs):.0f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("genre", nargs="?", help="the program")
    parser.add_argument("--peer", help="a Python with Transformers")
    parser.add_argument("--only", default="full,lora,lora_frozen_4,transformers", help="of " + ", ".join(WAYS))
    parser.add_argument("--folds", type=int, default=FOLDS, help="how many of the five")
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--runs", type=pathlib.Path, default=ROOT / "runs" / "phrasebank")
    parser.add_argument("--table", action="store_true", help="train nothing")
    arguments = parser.parse_args()
    kept = arguments.runs / "results.jsonl"
    results = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    if not arguments.table:
        if not arguments.genre:
            parser.error("name the program, as in build/release/genre")
        if unknown := set(chosen := arguments.only.split(",")) - set(WAYS):
            parser.error(f"no way {', '.join(sorted(unknown))}; there are {', '.join(WAYS)}")
        if "transformers" in chosen and not arguments.peer:
            parser.error("--peer names the Python for transformers; tools/setup benchmark makes build/peers/bin/python")
        arguments.runs.mkdir(parents=True, exist_ok=True)
        precision = "bf16" if arguments.bf16 else "fp32"
        for way in chosen:
            for fold in range(arguments.folds):
                if any((one["way"], one["fold"], one["precision"]) == (way, fold, precision) for one in results):
                    continue
                print(f"{way}, fold {fold}", file=sys.stderr, flush=True)
                result = theirs(arguments.genre, arguments.peer, arguments.runs, fold, precision) if way == "transformers" else ours(arguments.genre, arguments.runs, way, fold, precision)
                results.append({"way": way, "fold": fold, "precision": precision, **result})
                with kept.open("a") as file:
                    file.write(json.dumps(results[-1]) + "\n")
    table(results)


if __name__ == "__main__":
    main()
