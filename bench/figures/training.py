"""Fine-tuning, beside the loop that people write with Transformers and PEFT."""
import json
import random

from figures.measure import GENRE, PEERS, ROOT, last_json, run, shared_data

HEAD = "| figure | goal | measured |\n|---|---|---|"
SENTENCES, TURNS = 800, 2
TRAINED = 640  # 40 batches of 16
LABELS = ["negative", "neutral", "positive"]


def examples(folder):
    """The same sentences for both sides: CSV by part for ours, JSON lines for the peer."""
    path = shared_data("financial-phrasebank/Sentences_50Agree.txt")
    if path is None:
        return None
    rows = [line.rsplit("@", 1) for line in path.read_text(encoding="utf-8-sig").splitlines() if "@" in line]
    rows = random.Random(7).sample(sorted({text.strip(): label.strip() for text, label in rows}.items()), SENTENCES)
    parts = {"train": rows[:TRAINED], "valid": rows[TRAINED:TRAINED + 16], "test": rows[TRAINED + 16:]}
    sources = ""
    with open(folder / "examples.jsonl", "w", encoding="utf-8") as lines:
        for part, some in parts.items():
            with open(folder / f"{part}.jsonl", "w", encoding="utf-8") as out:
                for text, label in some:
                    out.write(json.dumps({"text": text, "label": label}) + "\n")
                    lines.write(json.dumps({"text": text, "label": LABELS.index(label), "part": part}) + "\n")
            sources += f'[[finetune.examples]]\npath = "{part}.jsonl"\nformat = "jsonl"\npart = "{part}"\n'
    (folder / "tune.toml").write_text(f"[finetune]\nepochs = 1\nbatch = 16\n{sources}[optimizer]\nname = \"adamw\"\nlearning_rate = 1e-4\n")
    return folder / "examples.jsonl"


OURS = {
    "fp32": [],
    "bf16": ["--set", 'finetune.precision="bf16"'],
    # The second epoch finds the frozen layers' states in memory.
    "LoRA, frozen": ["--set", 'finetune.tune="lora"', "--set", "finetune.frozen_layers=4", "--set", "finetune.epochs=4", "--set", "optimizer.learning_rate=1e-3"],
}
THEIRS = {"fp32": [], "bf16": ["--bf16"], "LoRA": ["--lora", "--rate", "1e-3"]}


def measure(folder, _):
    lines = examples(folder)
    if lines is None:
        return None
    model = last_json(run(GENRE, "lm", "info", "--json").stdout)["folder"]
    out = {"genre": {}, "peer": {}}
    for turn in range(TURNS):
        for name, settings in OURS.items():
            one = last_json(run(GENRE, "lm", "finetune", folder / "tune.toml", "--run", folder / f"{name}-{turn}", *settings, "--json").stdout)
            best = out["genre"].setdefault(name, {"samples_per_second": 0, "peak_mib": 1e9})
            best["samples_per_second"] = max(best["samples_per_second"], one["samples_per_second"])
            best["peak_mib"] = min(best["peak_mib"], one["peak_bytes"] / 2**20)
        for name, settings in THEIRS.items():
            one = last_json(run(PEERS, ROOT / "bench/peers/train_classifier.py", model, lines, *settings).stdout)
            best = out["peer"].setdefault(name, {"samples_per_second": 0, "peak_mib": 1e9, "by": one["by"]})
            best["samples_per_second"] = max(best["samples_per_second"], one["samples_per_second"])
            best["peak_mib"] = min(best["peak_mib"], one["peak_mib"])
    return out


def rows(figures):
    ours, theirs = figures["genre"], figures["peer"]

    def rate(name, peer, goal, label):
        a, b = ours[name]["samples_per_second"], theirs[peer]["samples_per_second"]
        return f"| {label} | {goal} | {a:.1f} samples/s; Transformers {peer} {b:.1f}: {a / b:.2f} times |"

    return [
        rate("fp32", "fp32", "1.8 times", "MiniLM-L6, Financial PhraseBank, batch 16, all weights, fp32"),
        f"| the same, bf16 | 1.5 times our fp32 | {ours['bf16']['samples_per_second']:.1f} samples/s: {ours['bf16']['samples_per_second'] / ours['fp32']['samples_per_second']:.2f} times; "
        f"Transformers bf16 {theirs['bf16']['samples_per_second']:.1f} |",
        rate("LoRA, frozen", "fp32", "3 times all weights in Transformers", "LoRA of rank 8, four frozen layers, four epochs, fp32"),
        f"| peak memory, all weights, fp32 | 0.8 times | {ours['fp32']['peak_mib']:.0f} MiB; Transformers {theirs['fp32']['peak_mib']:.0f}: {ours['fp32']['peak_mib'] / theirs['fp32']['peak_mib']:.2f} times |",
    ]
