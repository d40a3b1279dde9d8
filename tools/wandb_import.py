#!/usr/bin/env python3
"""Turns the run folder of a training into a run of Weights & Biases: its configuration, and its metrics by step under the
names that TensorBoard and MLflow have for them, as train/loss.

    tools/wandb_import.py RUN [--project NAME] [--entity NAME]

Writes an offline run below ./wandb, which `wandb sync` sends later, unless WANDB_MODE says otherwise. An import again is
the same run. Needs Python 3.11 and the package wandb.
"""
import argparse
import json
import math
import os
import pathlib
import re
import tomllib


def settings(value, path=""):
    """Dotted keys of a TOML document; no addresses of databases, which may hold passwords."""
    if isinstance(value, dict):
        return {key: one for name, child in value.items() for key, one in settings(child, f"{path}.{name}" if path else name).items()}
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return {key: one for i, child in enumerate(value) for key, one in settings(child, f"{path}.{i}").items()}
    if isinstance(value, str) and re.match(r"postgres(ql)?://", value):
        return {}
    return {path: value}


def history(lines):
    """(step, {name: value}, time in seconds) by ascending step; what was not finite is NaN."""
    steps = {}
    for line in lines:
        try:
            one = json.loads(line)
        except json.JSONDecodeError:
            continue  # the end of a file that is being written
        values, _ = steps.setdefault(one["step"], ({}, one["time"] / 1000))
        values[f"{one['split']}/{one['name']}"] = math.nan if one["value"] is None else one["value"]
    return [(step, *steps[step]) for step in sorted(steps)]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("run", type=pathlib.Path)
    arguments.add_argument("--project", default="genre")
    arguments.add_argument("--entity")
    options = arguments.parse_args()
    folder = options.run.resolve()
    for name in ("config.toml", "metrics.jsonl"):
        if not (folder / name).exists():
            arguments.error(f"{options.run} is no run folder of a training: there is no {name}")
    name = f"{folder.parent.name}/{folder.name}" if (folder.parent / "config.toml").exists() else folder.name  # of a fold
    import wandb
    quiet = wandb.Settings(console="off", disable_git=True, disable_code=True, x_disable_stats=True, x_disable_meta=True)
    run = wandb.init(project=options.project, entity=options.entity, name=name, id=re.sub(r"[^\w-]", "-", name),
                     config=settings(tomllib.loads((folder / "config.toml").read_text())),
                     mode=os.environ.get("WANDB_MODE", "offline"), settings=quiet)
    for step, values, time in history((folder / "metrics.jsonl").read_text().splitlines()):
        run.log({**values, "_timestamp": time}, step=step)
    run.finish()


if __name__ == "__main__":
    main()
