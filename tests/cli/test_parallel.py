"""Training over several processes: the weights of one with a batch as large, and what becomes of it when one is killed."""
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import time

import case
from taste_case import TasteCase

MPIRUN = ["mpirun", "-q", "--oversubscribe", "--bind-to", "none", *(["--allow-run-as-root"] if os.geteuid() == 0 else [])]
# Adam makes whole steps of gradients that are zero but for rounding, which differs; this does not.
PLAIN = ["--set", "optimizer.name=\"sgd\"", "--set", "optimizer.learning_rate=0.05"]


def tensors(path):
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    out = {}
    for name, tensor in header.items():
        begin, end = (8 + size + offset for offset in tensor["data_offsets"])
        out[name] = struct.unpack(f"<{(end - begin) // 4}f", data[begin:end])
    return out


class Parallel(TasteCase):
    def base(self):
        super().base()
        # Noise is each process's own.
        path = self.folder / "base" / "config.json"
        config = json.loads(path.read_text())
        config.update({"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "classifier_dropout": 0.0})
        path.write_text(json.dumps(config))

    def weights(self, run):
        return tensors(self.folder / run / "model" / "model.safetensors")

    def bytes(self, run):
        return (self.folder / run / "model" / "model.safetensors").read_bytes()

    def assert_same_weights(self, one, other):
        one, other = self.weights(one), self.weights(other)
        self.assertEqual(one.keys(), other.keys())
        moved = 0
        for name, values in one.items():
            for a, b in zip(values, other[name]):
                self.assertLess(abs(a - b), 1e-5, name)
                moved = max(moved, abs(a - b))
        return moved

    def ranks(self, run):
        """{rank: pid} of the trainers of a run."""
        out = {}
        for entry in pathlib.Path("/proc").iterdir():
            try:
                arguments = (entry / "cmdline").read_bytes().split(b"\0")
                environment = dict(pair.split(b"=", 1) for pair in (entry / "environ").read_bytes().split(b"\0") if b"=" in pair)
            except (OSError, ValueError):
                continue
            if arguments[0].endswith(b"genre-trainer") and str(self.folder / run).encode() in b" ".join(arguments) and b"OMPI_COMM_WORLD_RANK" in environment:
                out[int(environment[b"OMPI_COMM_WORLD_RANK"])] = int(entry.name)
        return out

    def started(self, run, config, *settings):
        """A training over two processes that has taken its first steps."""
        process = subprocess.Popen([case.GENRE, "lm", "finetune", config, "--run", run, "--processes", "2", *settings], cwd=self.folder,
                                   env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        last = self.folder / run / "checkpoints" / "last.safetensors"
        while not last.exists() and process.poll() is None:
            time.sleep(0.02)
        return process

    def test_two_processes_take_the_steps_of_one_with_the_double_batch(self):
        for tune, more in (("full", ""), ("lora", "lora = { dropout = 0.0 }\n"), ("adalora", "adalora = { interval = 2 }\n"), ("full", "frozen_layers = 1\n")):
            config = self.config(f'dropout = 0.0\ntune = "{tune}"\n{more}')
            name = f"{tune}-{len(more)}"
            one = self.json("lm", "finetune", config, "--run", name + "-one", "--set", "finetune.batch=10", *PLAIN)
            two = self.json("lm", "finetune", config, "--run", name + "-two", "--set", "finetune.batch=5", "--processes", 2, *PLAIN)
            self.assert_same_weights(name + "-one", name + "-two")
            self.assertEqual(one["steps"], two["steps"])
            for key, value in one["test"].items():
                self.assertAlmostEqual(two["test"][key], value, places=4)
            losses = [[m["value"] for m in self.metrics(name + which) if m["split"] == "train" and m["name"] == "loss"] for which in ("-one", "-two")]
            self.assertEqual(len(losses[0]), len(losses[1]))
            for a, b in zip(*losses):
                self.assertAlmostEqual(a, b, places=4)

    def test_mpirun_by_hand_and_accumulated_batches_are_the_same(self):
        config = self.config("dropout = 0.0")
        self.genre("lm", "finetune", config, "--run", "one", "--set", "finetune.batch=6", "--set", "optimizer.accumulation=2", *PLAIN)
        self.genre("lm", "finetune", config, "--run", "two", "--set", "finetune.batch=3", "--set", "optimizer.accumulation=2", "--processes", 2, *PLAIN)
        self.assert_same_weights("one", "two")
        for kept in ("model", "checkpoints", "metrics.jsonl"):
            path = self.folder / "two" / kept
            shutil.copytree(path, self.folder / "kept") if kept == "model" else None
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        trainer = case.GENRE.parent / "genre-trainer"
        done = subprocess.run([*MPIRUN, "-n", "2", trainer, "--spec", "two/spec.json"], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([e["event"] for e in events if e["event"] in ("start", "done")], ["start", "done"])
        self.assertEqual(events[0]["processes"], 2)
        self.assertEqual(self.bytes("two"), (self.folder / "kept" / "model.safetensors").read_bytes())

    def test_three_processes_may_have_nothing_to_do(self):
        config = self.config("dropout = 0.0", rows=[(f"{word} {n}", word) for word in ("red", "film") for n in range(4)])
        settings = ["--set", "finetune.ratio=[1.0, 0.0, 0.0]", *PLAIN]
        self.genre("lm", "finetune", config, "--run", "one", "--set", "finetune.batch=6", *settings)
        self.genre("lm", "finetune", config, "--run", "three", "--set", "finetune.batch=2", "--processes", 3, *settings)
        self.assert_same_weights("one", "three")

    def test_noise_is_each_process_s_own_and_the_same_again(self):
        config = self.config("dropout = 0.3")
        for run in ("first", "second"):
            self.genre("lm", "finetune", config, "--run", run, "--processes", 2)
        self.assertEqual(self.bytes("first"), self.bytes("second"))
        steps = [m["step"] for m in self.metrics("first") if m["name"] == "learning_rate"]
        self.assertEqual(steps, sorted(set(steps)))

    def test_a_killed_process_ends_the_training_which_goes_on_to_the_same_bytes(self):
        config = self.config("checkpoint_minutes = 0.01")
        long = ["--set", "finetune.epochs=200"]
        self.genre("lm", "finetune", config, "--run", "whole", "--processes", 2, *long)
        for rank in (1, 0):
            run = f"killed{rank}"
            process = self.started(run, config, *long)
            os.kill(self.ranks(run)[rank], signal.SIGKILL)
            _, stderr = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 1, stderr)
            self.assertFalse((self.folder / run / "model").exists())
            self.assertIn("--resume", stderr)
            if rank == 1:
                self.assertIn("process 1 of 2", stderr)
            self.assertEqual(self.ranks(run), {})
            self.genre("lm", "finetune", "--resume", run)  # over as many processes as before
            self.assertEqual(self.bytes(run), self.bytes("whole"))

    def test_an_interrupt_leaves_a_checkpoint_that_other_numbers_of_processes_refuse(self):
        process = self.started("run", self.config("checkpoint_minutes = 0.01"), "--set", "finetune.epochs=2000")
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 130, stderr)
        self.assertIn("--resume", stderr)
        error = self.json("lm", "finetune", "--resume", "run", "--processes", 1, code=4)["error"]
        self.assertIn("over 2 processes, this one has 1", error["message"])
        self.assertIn("--processes 2", error["hint"])

    def test_a_model_in_two_halves_learns_what_the_whole_one_does(self):
        for tune, more, parts in (("full", "", 4), ("full", "", 1), ("lora", "lora = { dropout = 0.0 }\n", 3)):
            config = self.config(f'dropout = 0.0\ntune = "{tune}"\n{more}')
            name = f"{tune}-{parts}"
            one = self.json("lm", "finetune", config, "--run", name + "-one", *PLAIN)
            two = self.json("lm", "finetune", config, "--run", name + "-two", "--processes", 2, "--set", "finetune.pipeline.layers=1",
                            "--set", f"finetune.pipeline.micro_batches={parts}", *PLAIN)
            self.assert_same_weights(name + "-one", name + "-two")
            for key in ("steps", "trainable_parameters", "total_parameters"):
                self.assertEqual(one[key], two[key], key)
            for key, value in one["test"].items():
                self.assertAlmostEqual(two["test"][key], value, places=4)

    def test_two_halves_that_are_killed_go_on_to_the_same_bytes(self):
        config = self.config("checkpoint_minutes = 0.01")
        halves = ["--set", "finetune.epochs=150", "--set", "finetune.pipeline.layers=1"]
        self.genre("lm", "finetune", config, "--run", "whole", "--processes", 2, *halves)
        process = self.started("killed", config, *halves)
        os.kill(self.ranks("killed")[1], signal.SIGKILL)
        _, stderr = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 1, stderr)
        self.assertIn("process 1 of 2", stderr)
        self.genre("lm", "finetune", "--resume", "killed")
        self.assertEqual(self.bytes("killed"), self.bytes("whole"))
        self.assertEqual(len(list((self.folder / "killed" / "checkpoints").glob("last-upper-*"))), 1)

    def test_what_has_no_halves_is_refused(self):
        halves = ["--run", "bad", "--set", "finetune.pipeline.layers=1"]
        error = self.json("lm", "finetune", self.config(), *halves, code=3)["error"]
        self.assertIn("by 2 processes, not by 1", error["message"])
        for more, word in (('task = "masked_lm"', "two halves"), ("frozen_layers = 1", "no layer to train"), ("regularisation = { r_drop = 1.0 }", "whole model"),
                           ('tune = "adalora"', "AdaLoRA")):
            error = self.json("lm", "finetune", self.config(more), "--processes", 2, *halves, code=3)["error"]
            self.assertIn(word, error["message"], more)
        error = self.json("lm", "finetune", self.config(), "--processes", 2, "--run", "bad", "--set", "finetune.pipeline.layers=2", code=3)["error"]
        self.assertIn("has 2 layers", error["message"])

    def test_an_error_of_all_processes_is_said_once(self):
        done = self.genre("lm", "finetune", self.config("frozen_layers = 9"), "--run", "bad", "--processes", 2, "--json", code=3)
        self.assertIn("frozen_layers", json.dumps(json.loads(done.stdout)["error"]))


if __name__ == "__main__":
    if shutil.which("mpirun") is None:
        raise SystemExit(77)
    case.run()
