"""What fine-tuned models reach on public data: hours of training, in runs/finetuning. What is there is not trained again, and what was
interrupted goes on; remove the folder to begin anew. In bf16 where the processor multiplies it, but for STS-B."""
import json
import shutil
import subprocess
import sys
import tomllib

from figures.measure import ENVIRONMENT, GENRE, PEERS, ROOT, run, shared_data

HEAD = "| configuration | measured | goal, or beside it |\n|---|---|---|"
RUNS = ROOT / "runs" / "finetuning"
REPRODUCE = ROOT / "configs" / "reproduce"
SIX = ["query", "key", "value", "attention_output", "inner", "outer"]


def finetuned(name, config, precision="fp32", **settings):
    """The result of a training, which is run where it is not there yet."""
    folder = RUNS / name
    result = folder / "result.json"
    if not result.exists():
        goes_on = (folder / "checkpoints" / "last.safetensors").exists()
        if not goes_on:
            shutil.rmtree(folder, ignore_errors=True)
        command = ["lm", "finetune"] + (["--resume", folder] if goes_on else [config, "--run", folder, "--set", f'finetune.precision="{precision}"'])
        for key, value in ({} if goes_on else settings).items():
            command += ["--set", f"{key}={json.dumps(value)}"]
        print(name, file=sys.stderr, flush=True)
        subprocess.run([str(part) for part in (GENRE, *command)], stdout=subprocess.DEVNULL, check=True, env=ENVIRONMENT)
        (folder / "commit").write_text(run("git", "rev-parse", "--short", "HEAD").stdout)
    return {**json.loads(result.read_text()), "run": str(folder), "commit": (folder / "commit").read_text().strip()}


def histories():
    """configs/user-preference.toml beside the histories that it reads, both in the folder of runs."""
    config = RUNS / "user-preference.toml"
    text = (ROOT / "configs" / "user-preference.toml").read_text()
    for source in ("interactions", "items"):
        path = tomllib.loads(text)["data"][source][0]["path"]
        text = text.replace(path, str((ROOT / "configs" / path).resolve()))
    config.write_text(text)
    run(GENRE, "data", "export", config, "--as", "text", "--event", "{item}", "--targets", "test", "--label", "genres", "--output", RUNS / "histories", "--force")
    return config


def tables(precision):
    """Those of the scripts that compare many trainings, which keep their results too."""
    bf16 = ["--bf16"] if precision == "bf16" else []
    phrasebank = ["bench/phrasebank.py", GENRE, "--peer", PEERS, "--only", "full,lora_frozen_4,transformers", "--runs", RUNS / "phrasebank", *bf16]
    few_labels = ["bench/few_labels.py", GENRE, "--runs", RUNS / "few-labels", *bf16]
    out = {}
    for name, command in (("phrasebank", phrasebank), ("few_labels", few_labels)):
        done = subprocess.run([sys.executable, *map(str, command)], stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT, env=ENVIRONMENT)
        out[name] = [line for line in done.stdout.splitlines() if line.startswith("|")]
    return out


def measure(_, ceilings):
    if shared_data("banking77/train.csv") is None:
        return None
    precision = "bf16" if ceilings["bf16_gflops"] else "fp32"
    RUNS.mkdir(parents=True, exist_ok=True)
    out = {"precision": precision}

    def add(name, config, *, precision=precision, **settings):
        out[name] = finetuned(name, config, precision, **settings)
        return out[name]

    add("banking77", REPRODUCE / "banking77.toml")
    add("banking77-lora", REPRODUCE / "banking77.toml", **{"finetune.tune": "lora", "finetune.lora.rank": 1, "finetune.lora.targets": SIX, "optimizer.learning_rate": 1e-3})
    stsb = add("stsb", REPRODUCE / "stsb.toml", precision="fp32")
    compared = run(PEERS, ROOT / "bench/sts_difference.py", GENRE, shared_data("stsb/sts-test.csv"), "all-MiniLM-L6-v2", f"{stsb['run']}/model")
    out["stsb-difference"] = json.loads(compared.stdout)
    read = add("movies-masked-lm", REPRODUCE / "movies-masked-lm.toml")
    add("movies-masked-lm-head", REPRODUCE / "movies-masked-lm.toml", **{"finetune.tune": "head"})
    add("movies-genres-behind-it", REPRODUCE / "movies-genres.toml", **{"lm.model": f"{read['run']}/model"})
    add("movies-genres", REPRODUCE / "movies-genres.toml")
    add("finetune-sentiment", ROOT / "configs" / "finetune-sentiment.toml")
    add("user-preference", histories(), **{"finetune.epochs": 3})
    return {**out, **tables(precision)}


def rows(figures):
    def test(name, value):
        return f"{figures[name]['test'][value]:.4f}"

    def share(name):
        return f"{100 * figures[name]['trainable_parameters'] / figures[name]['total_parameters']:.2f} %"

    sts = figures["stsb-difference"]
    out = [
        f"| `reproduce/banking77.toml` | 77 intents: accuracy {test('banking77', 'accuracy')}, macro_f1 {test('banking77', 'macro_f1')} | .925 |",
        f"| the same, LoRA of rank 1 on all six kinds of products, rate 1e-3 | accuracy {test('banking77-lora', 'accuracy')}, macro_f1 {test('banking77-lora', 'macro_f1')}; {share('banking77-lora')} of the numbers trained | .91 with less than 1 % |",
        f"| `reproduce/stsb.toml`, then `bench/sts_difference.py` | Spearman {sts['after']:.4f} on the test part of STS-B | {sts['before']:.4f} before; the difference is {sts['difference']} |",
        f"| `reproduce/movies-masked-lm.toml` | plots of films: perplexity of hidden words {figures['movies-masked-lm']['test']['perplexity']:.1f} | {figures['movies-masked-lm-head']['test']['perplexity']:.1f} where the fresh head alone is trained; goal: a fifth less |",
        f"| `reproduce/movies-genres.toml`, from that model | genres of films from their plots: micro_f1 {test('movies-genres-behind-it', 'micro_f1')}, loss {test('movies-genres-behind-it', 'loss')} | from all-MiniLM-L6-v2 itself {test('movies-genres', 'micro_f1')}, loss {test('movies-genres', 'loss')}; goal: not worse |",
        f"| `finetune-sentiment.toml` | one split of the Financial PhraseBank: accuracy {test('finetune-sentiment', 'accuracy')}, macro_f1 {test('finetune-sentiment', 'macro_f1')} | |",
        f"| `user-preference.toml`, three epochs | the commonest genre of what somebody will like, 18 labels: accuracy {test('user-preference', 'accuracy')}, macro_f1 {test('user-preference', 'macro_f1')} | .379 are of the commonest label |",
    ]
    commits = sorted({one["commit"] for one in figures.values() if isinstance(one, dict) and "commit" in one})
    out += ["", f"Trained at commit {', '.join(commits)}."]
    out += ["", f"Five folds of the Financial PhraseBank (`bench/phrasebank.py`, {figures['precision']}); goal: .85, and Transformers on the same parts:", "", *figures["phrasebank"]]
    return out + ["", f"From 100 labels (`bench/few_labels.py`, {figures['precision']}):", "", *figures["few_labels"]]
