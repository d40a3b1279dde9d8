#!/usr/bin/env python3
"""What genre lm finetune plans to take and what it took, over ways of training: a Markdown table.

Made-up texts of up to 128 words (of up to 96 for the decoder), one epoch of 64 (24) examples of each way, and of 800 in bf16, with a validation part. bf16 is left
out where the processor does not multiply it, unless --bf16 is given. The decoder is left out without --decoder FOLDER (genre lm convert).

Run: python3 bench/memory_plan.py build/release/genre [--model all-MiniLM-L6-v2] [--decoder FOLDER] [--bf16] [--only WORD]
"""
import argparse
import json
import pathlib
import random
import subprocess
import tempfile

WORDS = "red night cream robot movie love war drama blue shampoo history river stone winter quiet engine".split()

ENCODER = [
    ("all weights", {}),
    ("all weights, batch 32", {"finetune.batch": 32}),
    ("all weights, Adafactor, accumulation 4", {"optimizer.name": '"adafactor"', "optimizer.accumulation": 4, "finetune.batch": 8}),
    ("all weights, ema", {"optimizer.name": '"adamw"', "optimizer.ema": 0.9}),
    ("recompute", {"finetune.activations": '"recompute"'}),
    ("disk", {"finetune.activations": '"disk"'}),
    ("LoRA", {"finetune.tune": '"lora"'}),
    ("4 frozen layers", {"finetune.frozen_layers": 4}),
    ("R-Drop", {"finetune.regularisation.r_drop": 1.0}),
    ("texts of up to 32 tokens", {"finetune.maximum_tokens": 32}),
    ("masked_lm, batch 32", {"finetune.task": '"masked_lm"', "finetune.batch": 32}),
]
DECODER = [
    ("decoder, LoRA", {"finetune.tune": '"lora"'}),
    ("decoder, LoRA, q8_0", {"finetune.tune": '"lora"', "finetune.frozen_format": '"q8_0"'}),
    ("decoder, LoRA, recompute", {"finetune.tune": '"lora"', "finetune.activations": '"recompute"'}),
    ("decoder, all weights", {}),
]


def examples(path, longest, count, label):
    stream = random.Random(3)
    with open(path, "w") as out:
        out.write("text,label\n" if label else "text\n")
        for n in range(count):
            text = " ".join(stream.choice(WORDS) for _ in range(stream.randint(4, longest)))
            out.write(text + (f",{stream.choice('ab')}" if label else "") + "\n")


def run(genre, folder, base, model, label, settings):
    config = folder / "plan.toml"
    text = f'[lm]\nmodel = "{model}"\n[finetune]\n' + "".join(f"{key} = {value}\n" for key, value in {"epochs": 1, "batch": 16, **base}.items())
    text += '[[finetune.examples]]\npath = "examples.csv"\ncolumns = { text = "text"' + (', label = "label"' if label else "") + " }\n"
    config.write_text(text)
    told = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    done = subprocess.run([genre, "lm", "finetune", str(config), "--run", str(folder / "run"), "--json", *told], capture_output=True, text=True, cwd=folder)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    subprocess.run(["rm", "-r", str(folder / "run")], check=True)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("genre", type=pathlib.Path)
    parser.add_argument("--model", default="all-MiniLM-L6-v2")
    parser.add_argument("--decoder")
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    print("| training | planned, GB | measured, GB | planned / measured | s |\n|---|---|---|---|---|")
    ways = [(name, arguments.model, settings) for name, settings in ENCODER + ([("bf16", {"finetune.precision": '"bf16"'}), ("bf16, 1,000 texts", {"finetune.precision": '"bf16"', "texts": 1000})] if arguments.bf16 else [])]
    ways += [(name, arguments.decoder, settings) for name, settings in DECODER if arguments.decoder]
    for name, model, settings in ways:
        if arguments.only not in name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            folder, decoder = pathlib.Path(folder), name.startswith("decoder")
            base = {"task": '"causal_lm"', "batch": 4, "maximum_tokens": 96} if decoder else {"maximum_tokens": 128}
            count = settings.get("texts", 30 if decoder else 80)
            examples(folder / "examples.csv", 90 if decoder else 150, count, not decoder)
            told = {key: value for key, value in settings.items() if key != "texts"}
            out = run(arguments.genre.resolve(), folder, base, model, not decoder, told)
        planned, measured = out["planned_bytes"], out["peak_bytes"]
        print(f"| {name} | {planned / 1e9:.2f} | {measured / 1e9:.2f} | {planned / measured:.2f} | {out['seconds']:.0f} |", flush=True)


if __name__ == "__main__":
    main()
