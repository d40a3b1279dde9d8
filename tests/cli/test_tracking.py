"""What a training leaves, in the programs that read it: TensorBoard, an MLflow server, Weights & Biases, Hugging Face's model
cards; killed and resumed on the way, and beside servers that do what no server should. Runs in build/trackers, which
tools/setup makes."""
import http.server
import json
import math
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import case
from taste_case import TasteCase

TRACKERS = pathlib.Path(sys.argv[2]).resolve() / "build" / "trackers"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(address, **fields):
    query = "?" + urllib.parse.urlencode(fields) if fields else ""
    with urllib.request.urlopen(address + query, timeout=60) as answer:
        return json.load(answer)


class Server:
    """A program that listens; stopped with the whole of its group."""

    def __init__(self, *arguments, ready, folder, env=None):
        self.log = open(folder / "server.log", "w+")
        self.process = subprocess.Popen(arguments, cwd=folder, env=env, stdout=self.log, stderr=self.log, start_new_session=True)
        while True:
            try:
                with urllib.request.urlopen(ready, timeout=60):
                    return
            except (urllib.error.URLError, ConnectionError):
                if self.process.poll() is not None:
                    self.log.seek(0)
                    raise RuntimeError(self.log.read()[-3000:]) from None
                time.sleep(0.2)

    def stop(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()


class TrackingCase(TasteCase):
    def logged(self, run):
        """{tag: [(step, value)]} of metrics.jsonl."""
        out = {}
        for line in self.metrics(run):
            out.setdefault(f"{line['split']}/{line['name']}", []).append((line["step"], math.nan if line["value"] is None else line["value"]))
        return out

    def start(self, run, config, *settings):
        return subprocess.Popen([case.GENRE, "lm", "finetune", config, "--run", run, *settings], cwd=self.folder, env=self.environment,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def kill_behind_its_checkpoint(self, run, config, *settings):
        """Trains until steps are logged behind a checkpoint, and kills; returns a step behind the checkpoint."""
        started = self.start(run, config, "--set", "finetune.epochs=60", "--set", "finetune.checkpoint_minutes=0.01", *settings)
        checkpoint = self.folder / run / "checkpoints" / "last.safetensors"

        def wait_until(true):
            while not true():
                self.assertIsNone(started.poll(), "the training ended before it was killed")
                time.sleep(0.02)

        last_step = lambda: max(line["step"] for line in self.metrics(run)[:-1])
        wait_until(checkpoint.exists)
        saved, behind = checkpoint.read_bytes(), last_step() + 8
        wait_until(lambda: last_step() >= behind)
        subprocess.run(["pkill", "-KILL", "-s", str(started.pid)], check=False)
        started.wait()
        checkpoint.write_bytes(saved)  # a later one may have been written meanwhile
        return behind

    def same(self, found, wanted, tag):
        self.assertEqual([step for step, _ in found], [step for step, _ in wanted], tag)
        for (step, one), (_, other) in zip(found, wanted):
            single = struct.unpack("f", struct.pack("f", other))[0]
            self.assertTrue(one == single or one == other or (math.isnan(one) and math.isnan(other)), f"{tag} at {step}: {one}, wanted {other}")


class Tensorboard(TrackingCase):
    def tensorboard(self, run):
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        events = EventAccumulator(str(self.folder / run), size_guidance={"scalars": 0})
        events.Reload()
        return {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}

    def test_tensorboard_has_each_step_of_a_killed_and_resumed_training_once(self):
        config = self.config()
        killed_at = self.kill_behind_its_checkpoint("run", config)
        steps = lambda: {step for step, _ in self.tensorboard("run")["train/loss"]}
        self.assertIn(killed_at, steps())
        self.genre("lm", "finetune", "--resume", "run")
        wanted, found = self.logged("run"), self.tensorboard("run")
        self.assertEqual(set(found), {"train/loss", "train/learning_rate", "train/gradient_norm", "valid/loss", "valid/accuracy", "valid/auc",
                                      "valid/macro_f1", "test/loss", "test/accuracy", "test/auc", "test/macro_f1"})
        self.assertEqual(set(found), set(wanted))
        for tag in wanted:
            self.same(found[tag], wanted[tag], tag)
        self.assertEqual(len(list((self.folder / "run").glob("events.out.tfevents.*"))), 2)
        self.assertEqual([step for step, _ in found["train/loss"]], list(range(1, len(found["train/loss"]) + 1)))

        # The program itself, which reads with a reader of its own.
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        server = Server(TRACKERS / "bin" / "tensorboard", "--logdir", self.folder / "run", "--port", str(port), "--samples_per_plugin", "scalars=100000",
                        ready=address + "/data/environment", folder=self.folder)
        try:
            while "train/loss" not in (fetch(address + "/data/plugin/scalars/tags").get(".") or {}):
                time.sleep(0.2)
            for tag in ("train/loss", "valid/accuracy"):
                # Loading goes on behind the first answer.
                while len(rows := fetch(address + "/data/plugin/scalars/scalars", run=".", tag=tag)) < len(wanted[tag]):
                    time.sleep(0.2)
                self.same([(step, value) for _, step, value in rows], wanted[tag], tag)
        finally:
            server.stop()

    def test_values_that_do_not_exist_are_nan_everywhere(self):
        config = self.config("ratio = [0.9, 0.0, 0.1]")
        self.genre("lm", "finetune", config, "--run", "run")
        self.same(self.tensorboard("run")["valid/accuracy"], self.logged("run")["valid/accuracy"], "valid/accuracy")
        self.assertTrue(all(math.isnan(value) for _, value in self.tensorboard("run")["valid/accuracy"]))


class Mlflow(TrackingCase):
    @classmethod
    def setUpClass(cls):
        cls.server_folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(cls.server_folder.name)
        cls.address = f"http://127.0.0.1:{(port := free_port())}"
        environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "PATH": f"{TRACKERS / 'bin'}:{os.environ['PATH']}"}
        cls.server = Server(TRACKERS / "bin" / "mlflow", "server", "--port", str(port), "--workers", "1", "--backend-store-uri", f"sqlite:///{folder}/runs.db",
                            ready=cls.address + "/version", folder=folder, env=environment)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.server_folder.cleanup()

    def on_server(self, run):
        """What the server has of a run: its record, parameters, {tag: [(step, value)]}."""
        from mlflow import MlflowClient
        client = MlflowClient(self.address)
        record = client.get_run(json.loads((self.folder / run / "mlflow.json").read_text())["run_id"])
        history = {tag: [(one.step, one.value) for one in client.get_metric_history(record.info.run_id, tag)] for tag in record.data.metrics}
        return record, record.data.params, {tag: sorted(values) for tag, values in history.items()}

    def track(self, *more):
        return ("--set", f"track.mlflow={self.address}", *more)

    def test_a_run_holds_parameters_metrics_and_status(self):
        done = self.genre("lm", "finetune", self.config("ratio = [0.9, 0.0, 0.1]"), "--run", "run", *self.track("--set", "track.experiment=two tastes"))
        self.assertNotIn("MLflow", done.stderr)
        record, parameters, found = self.on_server("run")
        self.assertEqual((record.info.status, record.info.run_name), ("FINISHED", "run"))
        from mlflow import MlflowClient
        self.assertEqual(MlflowClient(self.address).get_experiment(record.info.experiment_id).name, "two tastes")
        self.assertEqual({key: parameters[key] for key in ("seed", "finetune.epochs", "finetune.ratio", "optimizer.learning_rate", "finetune.lora.targets")},
                         {"seed": "3", "finetune.epochs": "6", "finetune.ratio": "0.9, 0, 0.1", "optimizer.learning_rate": "0.003", "finetune.lora.targets": "query, value"})
        wanted = self.logged("run")
        self.assertEqual(set(found), set(wanted))
        for tag in wanted:
            self.same(found[tag], wanted[tag], tag)
        self.assertTrue(all(math.isnan(value) for _, value in found["valid/accuracy"]))

    def test_a_killed_and_resumed_training_is_one_run_with_each_step_once(self):
        self.kill_behind_its_checkpoint("run", self.config(), *self.track())
        self.genre("lm", "finetune", "--resume", "run")
        record, _, found = self.on_server("run")
        self.assertEqual(record.info.status, "FINISHED")
        for tag, wanted in self.logged("run").items():
            self.same(found[tag], wanted, tag)

    def test_an_interrupted_training_is_killed_and_goes_on(self):
        started = self.start("run", self.config(), "--set", "finetune.epochs=300", *self.track())
        while not (self.folder / "run" / "mlflow.json").exists():
            self.assertIsNone(started.poll())
            time.sleep(0.02)
        started.send_signal(signal.SIGINT)
        self.assertEqual(started.wait(timeout=120), 130)
        record, _, found = self.on_server("run")
        self.assertEqual(record.info.status, "KILLED")
        self.same(found["train/loss"], self.logged("run")["train/loss"], "train/loss")

    def test_a_failed_training_is_failed(self):
        self.genre("lm", "finetune", self.config(), "--run", "run", "--set", "optimizer.learning_rate=1e30", "--set", "optimizer.warmup=0", *self.track(), code=1)
        self.assertEqual(self.on_server("run")[0].info.status, "FAILED")


class HostileServers(TrackingCase):
    """Whatever the server does, the training ends well, says so once more at its end, and keeps its metrics."""

    def train_beside(self, address, **options):
        done = self.genre("lm", "finetune", self.config(), "--run", "run", "--set", f"track.mlflow={address}", **options)
        self.assertEqual(done.stderr.count("the training goes on"), 1, done.stderr)
        self.assertEqual(done.stderr.count("does not have all of this run"), 1, done.stderr)
        self.assertEqual(len(self.logged("run")["valid/accuracy"]), 6)
        self.assertTrue((self.folder / "run" / "model" / "model.safetensors").exists())
        return done

    def serve(self, answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                answer(self)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_address[1]}"

    def test_it_answers_with_errors_and_repeats_the_token(self):
        seen = []

        def answer(request):
            seen.append(request.headers["Authorization"])
            body = json.dumps({"message": f"no: {request.headers['Authorization']}"}).encode()
            request.send_response(500)
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)

        done = self.train_beside(self.serve(answer), env={"MLFLOW_TRACKING_TOKEN": "s3cr3t-token"})
        self.assertEqual(set(seen), {"Bearer s3cr3t-token"})
        self.assertNotIn("s3cr3t-token", done.stdout + done.stderr)
        for path in (self.folder / "run").rglob("*"):
            self.assertFalse(path.is_file() and b"s3cr3t-token" in path.read_bytes(), path)

    def test_it_answers_with_garbage(self):
        self.train_beside(self.serve(lambda request: request.wfile.write(os.urandom(5000))))

    def test_it_never_answers(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            self.train_beside(f"http://127.0.0.1:{silent.getsockname()[1]}")

    def test_it_is_not_there_and_comes_later(self):
        self.train_beside("http://127.0.0.1:1")
        self.assertFalse((self.folder / "run" / "mlflow.json").exists())


class WeightsAndBiases(TrackingCase):
    def history(self):
        """[{key: value}] and the configuration of the one offline run: records of a LevelDB log (blocks of 32 KiB; each piece
        with checksum, length and kind) behind 7 bytes of its own."""
        from wandb.proto import wandb_internal_pb2 as messages
        file, = self.folder.glob("wandb/offline-run-*/run-*.wandb")
        data, at, record, rows, settings = file.read_bytes(), 7, b"", [], {}
        while at + 7 <= len(data):
            if 32768 - at % 32768 < 7:
                at += 32768 - at % 32768
                continue
            _, length, kind = struct.unpack_from("<IHB", data, at)
            record += data[at + 7:at + 7 + length]
            at += 7 + length
            if kind in (1, 4):  # whole, or the last piece
                message = messages.Record.FromString(record)
                record = b""
                if message.history.item:
                    rows.append({item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in message.history.item})
                settings.update({item.key: json.loads(item.value_json) for item in message.run.config.update})
        return rows, settings

    def test_an_imported_run_has_the_history_and_the_configuration(self):
        self.genre("lm", "finetune", self.config("ratio = [0.9, 0.0, 0.1]"), "--run", "run")
        self.environment["WANDB_MODE"] = "offline"
        done = subprocess.run([sys.executable, case.SOURCE / "tools" / "wandb_import.py", "run"], cwd=self.folder, env=self.environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows, settings = self.history()
        self.assertEqual((settings["finetune.epochs"], settings["optimizer.name"], settings["finetune.ratio"]), (6, "adamw", [0.9, 0, 0.1]))
        found = {}
        for row in rows:
            for tag in set(row) - {"_step", "_runtime", "_timestamp"}:
                found.setdefault(tag, []).append((row["_step"], float(row[tag])))
        wanted = self.logged("run")
        self.assertEqual(set(found), set(wanted))
        for tag in wanted:
            self.same(found[tag], wanted[tag], tag)
        time_of = {line["step"]: line["time"] / 1000 for line in reversed(self.metrics("run"))}
        self.assertEqual([row["_timestamp"] for row in rows], [time_of[row["_step"]] for row in rows])

    def test_what_is_no_run_folder_is_refused(self):
        done = subprocess.run([sys.executable, case.SOURCE / "tools" / "wandb_import.py", "."], cwd=self.folder, env=self.environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("there is no config.toml", done.stderr)


class ReportAndCard(TrackingCase):
    def test_hugging_face_reads_the_card(self):
        from huggingface_hub import ModelCard
        self.base()
        self.write("base/README.md", "---\nlicense: cc-by-4.0\n---\n# The base\n")
        out = self.json("lm", "finetune", self.config(), "--run", "run")
        card = ModelCard.load(self.folder / "run" / "model" / "README.md")
        self.assertEqual((card.data.base_model, card.data.license, card.data.pipeline_tag, card.data.library_name), ("base", "cc-by-4.0", "text-classification", "transformers"))
        self.assertEqual({one.metric_type: one.metric_value for one in card.data.eval_results}, out["test"])
        self.assertEqual({one.dataset_split for one in card.data.eval_results}, {"test"})
        for words in ("Labels: care, film.", "examples.csv: 96 examples to train on", "| finetune.epochs | 6 |"):
            self.assertIn(words, card.text)
        self.assertNotIn(str(self.folder), card.content)

    def test_a_report_is_left_however_a_training_ends(self):
        out = self.json("lm", "finetune", self.config(), "--run", "whole")
        page = pathlib.Path(out["report"]).read_text()
        self.assertIn("finished after 72 steps", page)
        self.assertIn("Every step.", page)
        for name in ("loss", "validation", "learning_rate", "gradient_norm"):
            self.assertTrue((self.folder / "whole" / "plots" / f"{name}.png").exists(), name)
        started = self.start("stopped", self.config(), "--set", "finetune.epochs=300")
        while not (self.folder / "stopped" / "metrics.jsonl").exists():
            self.assertIsNone(started.poll())
            time.sleep(0.02)
        started.send_signal(signal.SIGINT)
        self.assertEqual(started.wait(timeout=120), 130)
        self.assertRegex((self.folder / "stopped" / "report.html").read_text(), r"interrupted at step [\d,]+ of 3,600")
        self.genre("lm", "finetune", self.config(), "--run", "failed", "--set", "optimizer.learning_rate=1e30", "--set", "optimizer.warmup=0", code=1)
        self.assertRegex((self.folder / "failed" / "report.html").read_text(), r"failed at step \d+ of 72")


if __name__ == "__main__":
    if not TRACKERS.exists():
        print("skipped: build/trackers is not there; 'tools/setup trackers' makes it")
        sys.exit(77)
    if pathlib.Path(sys.prefix).resolve() != TRACKERS.resolve():
        os.execv(TRACKERS / "bin" / "python", [TRACKERS / "bin" / "python", *sys.argv])
    case.run()
