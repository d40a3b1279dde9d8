#!/usr/bin/env python3
"""How well a decoder tells films that somebody will like from others: AUC on the yes/no split of MovieLens-1M that CoLLM is measured on.

    python3 bench/collm.py build/release/genre                                      500 test rows, SmolLM2-135M-Instruct as it comes
    python3 bench/collm.py build/release/genre --rows 0 --adapter RUN/adapter       every row, with what genre lm finetune trained
    python3 bench/collm.py build/release/genre --write train.jsonl                  prompts and answers to train on (tasks instruct and classify)
    python3 bench/collm.py build/release/genre --write valid.jsonl --part valid
    python3 bench/collm.py build/release/genre --rows 0 --classifier RUN/model --set "$ASK" --set model.events=6
                                                                                    an encoder with two labels, as configs/reproduce/ml-1m-yes-no-classifier.toml trains it, whose head has $ASK

`genre data export` writes the prompts of configs/reproduce/ml-1m-yes-no.toml, which are those of lm_rank, and `genre lm score` the
log-probabilities of yes and no, or `genre lm classify` their probabilities; a row counts by the difference of the logarithms. Rows are
drawn with --seed; the interval is the 95 % one of 1,000 bootstrap resamples of rows. Rows before which the prompt would tell nothing of the user are left out, as lm_rank asks nothing then.

Needs Python 3.8 or newer and nothing else."""
import argparse
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
CONFIG = ROOT / "configs" / "reproduce" / "ml-1m-yes-no.toml"
RESAMPLES = 1000
ANSWERS = ["yes", "no"]


def run(*command):
    done = subprocess.run([str(one) for one in command], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(done.returncode)
    return done.stdout


def prompts(genre, part, settings):
    """[{user, item, text, other}] of a part."""
    with tempfile.TemporaryDirectory() as folder:
        export = [genre, "data", "export", CONFIG, "--as", "preferences", "--parts", part, "--output", f"{folder}/prompts"]
        for setting in settings:
            export += ["--set", setting]
        run(*export)
        return [json.loads(line) for line in pathlib.Path(folder, "prompts", "preferences.jsonl").read_text(encoding="utf-8").splitlines()]


def preferences(genre, model, adapter, rows):
    """ln p(yes) - ln p(no) of each row."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(json.dumps({"prompt": row["text"], "candidates": ANSWERS}) + "\n" for row in rows)
        file.flush()
        score = [genre, "lm", "score", "--chat", "--model", model, "--input", file.name, "--json"]
        lines = run(*score, *(["--adapter", adapter] if adapter else [])).splitlines()
    pairs = [json.loads(line)["log_probabilities"] for line in lines]
    return [yes - no for yes, no in pairs]


def classified(genre, model, rows):
    """ln p(yes) - ln p(no) of each row, by a classifier."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.writelines(row["text"].replace("\n", " ") + "\n" for row in rows)
        file.flush()
        lines = run(genre, "lm", "classify", "--model", model, "--input", file.name).splitlines()
    found = [json.loads(line)["probabilities"] for line in lines]
    yes, no = ANSWERS
    return [math.log(max(one[yes], 1e-30)) - math.log(max(one[no], 1e-30)) for one in found]


def area_under_curve(scored):
    """The chance that a positive row scores above a negative one, ties counting half; NaN without either."""
    scored = sorted(scored)
    below = total = positives = first = 0
    while first < len(scored):
        end = first
        while end < len(scored) and scored[end][0] == scored[first][0]:
            end += 1
        here = sum(positive for _, positive in scored[first:end])
        total += here * (below + (end - first - here) / 2)
        below += end - first - here
        positives += here
        first = end
    return total / (positives * below) if positives and below else float("nan")


def interval(scored, seed):
    stream = random.Random(seed)
    values = sorted(area_under_curve(stream.choices(scored, k=len(scored))) for _ in range(RESAMPLES))
    return values[int(0.025 * RESAMPLES)], values[int(0.975 * RESAMPLES) - 1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("genre", help="the program")
    parser.add_argument("--model", default="SmolLM2-135M-Instruct", help="catalogue name, folder or GGUF file of a decoder for conversations")
    parser.add_argument("--adapter", help="folder of an adapter beside it")
    parser.add_argument("--classifier", help="folder of a classifier of the labels yes and no, in place of a decoder")
    parser.add_argument("--rows", type=int, default=500, help="how many are drawn; 0: all")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--part", choices=["train", "valid", "test"], help="test, with --write train")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of the configuration, as model.prompt")
    parser.add_argument("--write", type=pathlib.Path, help="a file for prompts and answers, all there are, instead of measuring")
    arguments = parser.parse_args()
    rows = prompts(arguments.genre, arguments.part or ("train" if arguments.write else "test"), arguments.set)
    if arguments.write:
        lines = (json.dumps({"text": row["text"], "other": row["other"]}, ensure_ascii=False) + "\n" for row in rows)
        arguments.write.write_text("".join(lines), encoding="utf-8")
        print(f"{len(rows)} prompts in {arguments.write}")
        return
    drawn = random.Random(arguments.seed).sample(rows, arguments.rows) if 0 < arguments.rows < len(rows) else rows
    if arguments.classifier:
        values = classified(arguments.genre, arguments.classifier, drawn)
    else:
        values = preferences(arguments.genre, arguments.model, arguments.adapter, drawn)
    scored = list(zip(values, (row["other"] == ANSWERS[0] for row in drawn)))
    low, high = interval(scored, arguments.seed)
    print(f"AUC {area_under_curve(scored):.4f} [{low:.4f}, {high:.4f}], {len(drawn)} of {len(rows)} prompts, {sum(positive for _, positive in scored)} of them yes")


if __name__ == "__main__":
    main()
