#!/usr/bin/env python3
"""What helps where only 100 texts have a label: ways of training beside the plain one (configs/reproduce/100-labels.toml), on the Financial PhraseBank.

    python3 bench/few_labels.py build/release/genre                         every way, 3 seeds, then the table
    python3 bench/few_labels.py build/release/genre --only baseline,lora --seeds 1
    python3 bench/few_labels.py --table                                     the table of what is there

A seed draws the 100 texts that are learnt from, as often of each label as the whole has it, and what a training draws. 1,000 texts are
tested on, the same for every way and seed. Each way takes about as many steps as the plain one: those with more texts go over them less
often; pseudo_labels, which learns from up to 1,000 texts more, takes as many as its row says. No setting was searched. Results are lines of RUNS/results.jsonl; what is there is not done again. Accuracy is given with its 95 %
interval over the seeds (Student's t), the difference to the plain training seed by seed with that of the differences.

Needs Python 3.11 or newer and nothing else; back_translation needs Debian's apertium and apertium-eng-spa, synonyms its wordnet-base."""
import argparse
import csv
import json
import math
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[1]
CONFIG = ROOT / "configs" / "reproduce" / "100-labels.toml"
LABELLED, TESTED, UNLABELLED, SEEDS = 100, 1000, 1000, 3
STUDENT = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}

LITTLE = {"optimizer.learning_rate": 1e-3}
VARIANTS = {
    "baseline": {},
    "synonyms": {"finetune.augmentation.copies": 3, "finetune.augmentation.synonyms": 0.2, "finetune.epochs": 4},
    "deletion_and_swaps": {"finetune.augmentation.copies": 3, "finetune.epochs": 4},
    "back_translation": {"finetune.augmentation.translate": ["apertium -f line -u eng-spa", "apertium -f line -u spa-eng"], "finetune.epochs": 8},
    "fgm": {"finetune.regularisation.adversarial": "fgm"},
    "pgd": {"finetune.regularisation.adversarial": "pgd"},
    "freelb": {"finetune.regularisation.adversarial": "freelb"},
    "r_drop": {"finetune.regularisation.r_drop": 1.0},
    "mixup": {"finetune.regularisation.mixup": 0.2},
    "label_smoothing": {"finetune.regularisation.label_smoothing": 0.1},
    "to_start": {"finetune.regularisation.to_start": 0.01},
    "swa": {"finetune.regularisation.swa": 0.5},
    "ema": {"optimizer.ema": 0.95},
    "frozen_layers": {"finetune.frozen_layers": 3},
    "lora": {"finetune.tune": "lora", "finetune.lora.targets": ["query", "key", "value", "attention_output", "inner", "outer"], **LITTLE},
    "adapter": {"finetune.tune": "adapter", **LITTLE},
    "bitfit": {"finetune.tune": "bitfit", **LITTLE},
    "head": {"finetune.tune": "head", **LITTLE},
    "ensemble_of_3": {"finetune.ensemble": 3},
    "pseudo_labels": {"parts": ["train", "test", "unlabelled"], "finetune.pseudo_labels.rounds": 1},
}


def sentences():
    """{text: label} of the whole file; texts with two labels are left out."""
    source = tomllib.loads(CONFIG.read_text())["finetune"]["examples"][0]
    path = (CONFIG.parent / source["path"]).resolve()
    if not path.exists():
        sys.exit(f"error: {path.name} is not at {source['path']} beside {CONFIG.relative_to(ROOT)}")
    found = {}
    for line in path.read_text(errors="replace").splitlines():
        text, label = (part.strip() for part in line.rsplit("@", 1))
        found.setdefault(text, set()).add(label)
    return {text: labels.pop() for text, labels in sorted(found.items()) if len(labels) == 1}


def write_rows(path, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    return str(path.resolve())


def shares(count, by_label):
    """How many of each label, of `count` texts in all: largest remainders."""
    total = sum(map(len, by_label.values()))
    exact = {label: count * len(texts) / total for label, texts in by_label.items()}
    out = {label: int(value) for label, value in exact.items()}
    for label in sorted(exact, key=lambda one: out[one] - exact[one])[:count - sum(out.values())]:
        out[label] += 1
    return out


def draw(texts, count, stream):
    by_label = {}
    for text, label in texts.items():
        by_label.setdefault(label, []).append(text)
    wanted = shares(count, by_label)
    return {text: label for label in sorted(by_label) for text in stream.sample(by_label[label], wanted[label])}


def sources(folder, seed):
    """[[finetune.examples]] of one seed, whose files are written here."""
    every = sentences()
    tested = draw(every, TESTED, random.Random(0))
    rest = {text: label for text, label in every.items() if text not in tested}
    labelled = draw(rest, LABELLED, random.Random(seed))
    unlabelled = random.Random(seed).sample([(text, "") for text in rest if text not in labelled], UNLABELLED)
    folder.mkdir(parents=True, exist_ok=True)
    return {"train": write_rows(folder / f"labelled-{seed}.csv", labelled.items()), "test": write_rows(folder / "tested.csv", tested.items()),
            "unlabelled": write_rows(folder / f"unlabelled-{seed}.csv", unlabelled)}


def literal(value):
    """As TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {literal(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return json.dumps(value)


def finetune(genre, config, run, settings):
    """What genre lm finetune prints, or None where it fails, which is said."""
    command = [genre, "lm", "finetune", str(config), "--run", str(run), "--json"]
    for key, value in settings.items():
        command += ["--set", f"{key}={literal(value)}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode == 0:
        return json.loads(done.stdout)
    print(f"failed: {' '.join(command)}\n{done.stdout}", file=sys.stderr, flush=True)
    return None


def train(genre, folder, variant, seed, precision):
    settings = dict(VARIANTS[variant])
    parts = settings.pop("parts", ["train", "test"])
    files = sources(folder, seed)
    run = folder / f"{variant}-{seed}"
    if run.exists():
        shutil.rmtree(run)
    settings.update({"seed": seed, "finetune.precision": precision, "finetune.ratio": [1.0, 0.0, 0.0], "finetune.examples": [{"path": files[part], "part": part} for part in parts]})
    if (out := finetune(genre, CONFIG, run, settings)) is None:
        return None
    several = out.get("members") or out.get("rounds") or [out]
    test = {name: value["ensemble"] if isinstance(value, dict) else value for name, value in out["test"].items()}
    shutil.rmtree(run)  # models take room
    return {"variant": variant, "seed": seed, "precision": precision, "settings": VARIANTS[variant], "test": test, "steps": sum(one["steps"] for one in several),
            "trained": several[-1]["trainable_parameters"], "seconds": round(sum(one["seconds"] for one in several), 1)}


def interval(values):
    mean = statistics.fmean(values)
    if len(values) < 2:
        return mean, math.nan, math.nan
    half = STUDENT.get(len(values) - 1, 1.96) * statistics.stdev(values) / math.sqrt(len(values))
    return mean, mean - half, mean + half


def shown(values, sign=""):
    mean, low, high = (format(value, f"{sign}.3f") for value in interval(values))
    return f"{mean} [{low}, {high}]" if len(values) > 1 else mean


def table(results):
    found = {}
    for one in results:
        if one["variant"] in VARIANTS and one["settings"] == VARIANTS[one["variant"]]:
            found.setdefault(one["variant"], {})[one["seed"]] = one
    print("| way | accuracy | each seed | difference to baseline | macro_f1 | steps | numbers trained | seconds |\n|---|---|---|---|---|---|---|---|")
    for variant in VARIANTS:
        seeds = found.get(variant, {})
        if not seeds:
            print(f"| {variant} | not run | | | | | | |")
            continue
        runs = [seeds[seed] for seed in sorted(seeds)]
        base = found.get("baseline", {})
        apart = [seeds[seed]["test"]["accuracy"] - base[seed]["test"]["accuracy"] for seed in sorted(seeds) if seed in base]
        accuracy, f1 = ([run["test"][name] for run in runs] for name in ("accuracy", "macro_f1"))
        print(f"| {variant} | {shown(accuracy)} | {' '.join(f'{value:.3f}' for value in accuracy)} | {shown(apart, '+') if apart and variant != 'baseline' else ''} | {shown(f1)} | "
              f"{runs[0]['steps']} | {runs[0]['trained']} | {statistics.fmean(run['seconds'] for run in runs):.0f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("genre", nargs="?", help="the program")
    parser.add_argument("--only", default=",".join(VARIANTS), help="ways, with commas between them")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many, from 1")
    parser.add_argument("--bf16", action="store_true", help="products in bf16, where the processor has it")
    parser.add_argument("--runs", type=pathlib.Path, default=ROOT / "runs" / "few-labels")
    parser.add_argument("--table", action="store_true", help="train nothing")
    arguments = parser.parse_args()
    kept = arguments.runs / "results.jsonl"
    results = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    failed = False
    if not arguments.table:
        if not arguments.genre:
            parser.error("name the program, as in build/release/genre")
        chosen = arguments.only.split(",")
        if unknown := set(chosen) - set(VARIANTS):
            parser.error(f"no way {', '.join(sorted(unknown))}; there are {', '.join(VARIANTS)}")
        precision = "bf16" if arguments.bf16 else "fp32"
        for seed in range(1, arguments.seeds + 1):
            for variant in chosen:
                if any((one["variant"], one["seed"], one["precision"], one["settings"]) == (variant, seed, precision, VARIANTS[variant]) for one in results):
                    continue
                print(f"{variant}, seed {seed}", file=sys.stderr, flush=True)
                if (result := train(arguments.genre, arguments.runs, variant, seed, precision)) is None:
                    failed = True
                    continue
                results.append(result)
                with kept.open("a") as file:
                    file.write(json.dumps(results[-1]) + "\n")
    table(results)
    if failed:
        sys.exit("error: some trainings failed, as said above; the same command tries them again")


if __name__ == "__main__":
    main()
