"""Fine-tuning on the command line: from labelled texts to a served classifier, killed and resumed, and what is refused."""
import json
import math
import os
import pty
import random
import re
import resource
import shutil
import signal
import subprocess
import time

import case
from taste_case import TasteCase


class Finetune(TasteCase):
    def served(self, model, text):
        line = self.genre("lm", "classify", "--model", model, stdin=text + "\n").stdout
        return json.loads(line)["label"]

    def test_learns_and_serves_what_it_learnt(self):
        for tune, rate in (("full", 3e-3), ("lora", 5e-3)):
            out = self.json("lm", "finetune", self.config(f'tune = "{tune}"'), "--run", tune, "--set", f"optimizer.learning_rate={rate}", "--set", "finetune.epochs=25", "--set", 'finetune.lora.targets=["query", "value", "inner", "outer"]')
            self.assertEqual(out["schema"], "genre.lm.finetune/1")
            self.assertEqual(out["best"]["metric"], "accuracy")
            self.assertGreaterEqual(out["test"]["accuracy"], 0.9, out)
            self.assertEqual(out["trainable_parameters"] < out["total_parameters"] / 2, tune == "lora")
            self.assertEqual(self.served(out["model"], "red night cream"), "care")
            self.assertEqual(self.served(out["model"], "a robot movie"), "film")
            metrics = [json.loads(line) for line in (self.folder / tune / "metrics.jsonl").read_text().splitlines()]
            self.assertEqual({m["name"] for m in metrics if m["split"] == "train"}, {"loss", "learning_rate", "gradient_norm"})
            self.assertEqual(len([m for m in metrics if m["split"] == "valid" and m["name"] == "accuracy"]), 25)

    def test_each_way_of_training_little_counts_it_and_is_served(self):
        # Width 32, two layers, 48 units, two labels.
        head = 32 * 32 + 32 + 2 * 32 + 2
        ways = {
            "lora": ("", 4 * 8 * 64),
            "adalora": ("adalora = { interval = 1 }\n", 4 * 12 * 65),
            "ia3": ("", 2 * (32 + 32 + 48)),
            "adapter": ('adapter = { kind = "houlsby", width = 3 }\n', 4 * (2 * 3 * 32 + 3 + 32)),
            "prompt": ("virtual_tokens = { count = 4 }\n", 4 * 32),
        }
        for tune, (settings, count) in ways.items():
            config = self.config(f'tune = "{tune}"\n{settings}')
            shown = self.genre("lm", "finetune", config, "--run", tune, "--set", "optimizer.learning_rate=1e-2", "--set", "finetune.epochs=25", "--json")
            out = json.loads(shown.stdout)
            self.assertEqual(out["trainable_parameters"], head + count, tune)
            self.assertIn(f"{head + count} of 0.", shown.stderr)
            self.assertGreaterEqual(out["test"]["accuracy"], 0.9, tune)
            self.assertEqual(self.served(out["model"], "red night cream"), "care")
            self.assertEqual(self.served(out["model"], "a robot movie"), "film")
            adapter = json.loads((self.folder / tune / "adapter" / "adapter_config.json").read_text())
            self.assertEqual(adapter.get("peft_type", "bottleneck"), {"prompt": "PROMPT_TUNING", "adapter": "bottleneck"}.get(tune, tune.upper()))
            self.assertEqual((self.folder / tune / "model" / "own_adapter").exists(), tune in ("adapter", "prompt"))

    def test_weights_are_trained_as_a_smaller_model_holds_them(self):
        whole = self.json("lm", "finetune", self.config(), "--run", "whole", "--set", "finetune.epochs=15")
        sizes = {}
        for name, more in (("halves", 'sparse = "2:4"'), ("blocks", 'sparse = "block", density = 0.25'), ("bytes", 'quantise = "int8"')):
            out = self.json("lm", "finetune", self.config(f"compression = {{ {more}, interval = 2 }}"), "--run", name, "--set", "finetune.epochs=15")
            self.assertGreaterEqual(out["test"]["accuracy"], 0.9, name)
            precision = ["--precision", "int8"] if name == "bytes" else []
            answer = self.genre("lm", "classify", "--model", out["model"], *precision, stdin="red night cream\n").stdout
            self.assertEqual(json.loads(answer)["label"], "care")
            sizes[name] = (self.folder / name / "model" / "model.safetensors").stat().st_size
        size = (self.folder / "whole" / "model" / "model.safetensors").stat().st_size
        self.assertEqual(sizes["bytes"], size)
        self.assertLess(sizes["blocks"], sizes["halves"])
        self.assertLess(sizes["halves"], size)
        for tune, more, key in (("lora", 'sparse = "2:4"', "sparse"), ("head", 'quantise = "int8"', "quantise"), ("full", 'sparse = "block", warmup = 0.6, settled = 0.4', "settled")):
            error = self.json("lm", "finetune", self.config(f'tune = "{tune}"\ncompression = {{ {more} }}'), "--run", "bad", code=3)["error"]
            self.assertIn("finetune.compression." + key, json.dumps(error))

    def test_a_training_goes_on_from_an_adapter_and_keeps_its_base_in_blocks(self):
        lora = 'tune = "lora"\n'
        first = self.json("lm", "finetune", self.config(lora), "--run", "first", "--set", "finetune.epochs=25", "--set", "optimizer.learning_rate=5e-3")
        again = self.json("lm", "finetune", self.config(lora + 'start = "first/adapter"\n'), "--run", "again", "--set", "finetune.epochs=1", "--set", "optimizer.learning_rate=1e-9")
        self.assertAlmostEqual(again["valid"]["loss"], first["valid"]["loss"], delta=0.02)
        blocks = self.json("lm", "finetune", self.config(lora + 'frozen_format = "q4_0"\n'), "--run", "blocks", "--set", "finetune.epochs=25", "--set", "optimizer.learning_rate=5e-3")
        self.assertGreaterEqual(blocks["test"]["accuracy"], 0.9)
        self.assertEqual(blocks["total_parameters"], first["total_parameters"])
        self.assertEqual(self.served(blocks["model"], "red night cream"), "care")
        for more, word in (('tune = "full"\nfrozen_format = "q8_0"', "frozen_format"), ('tune = "head"\nstart = "first/adapter"', "finetune.start")):
            self.assertIn(word, json.dumps(self.json("lm", "finetune", self.config(more), "--run", "bad", code=3)["error"]))
        error = self.json("lm", "finetune", self.config('tune = "ia3"\nstart = "first/adapter"'), "--run", "bad", code=4)["error"]
        self.assertIn("another kind", error["message"])
        error = self.json("lm", "finetune", self.config(lora + 'lora = { rank = 4 }\nstart = "first/adapter"'), "--run", "bad", code=4)["error"]
        self.assertIn("in this training it is 4 x 32", error["message"])

    def test_every_task_trains_and_says_how_its_model_is_used(self):
        films = [f"{word} movie {n}" for word in ("red", "blue") for n in range(20)]
        files = {
            "multi_label": ("text,label\n" + "".join(f"{text},{text.split()[0]}|film\n" for text in films), "lm classify", {"micro_f1", "macro_f1", "accuracy", "loss"}),
            "regress": ("text,label\n" + "".join(f"{text},{text.startswith('red')}\n".replace("True", "4.5").replace("False", "1.5") for text in films), "lm classify", {"rmse", "mae", "pearson", "spearman", "loss"}),
            "rank": ("text,other,label\n" + "".join(f"query {n},red movie,1\nquery {n},blue robot,0\n" for n in range(20)), "lm rank", {"ndcg@10", "mrr", "loss"}),
            "contrastive": ("text,other\n" + "".join(f"{text},the {text}\n" for text in films), "lm embed", {"recall@1", "mrr", "loss"}),
            "distil": ("text\n" + "".join(f"{text}\n" for text in films), "lm embed", {"loss", "cosine"}),
            "masked_lm": ("text\n" + "".join(f"{text}\n" for text in films), "lm embed", {"perplexity", "accuracy", "loss"}),
        }
        for task, (content, verb, measured) in files.items():
            config = self.config(f'task = "{task}"')
            more = {"distil": ["--set", f'finetune.distil.teacher="{self.folder}/base"', "--set", "finetune.distil.hidden=1"],
                    "contrastive": ["--set", "finetune.contrastive.hard_negatives=2"]}.get(task, [])
            trains = {"distil": "distill", "masked_lm": "pretrain"}.get(task, "finetune")
            self.write("examples.csv", content)
            self.assertEqual(set(self.json("lm", trains, config, "--run", task, "--set", "finetune.epochs=2", *more)["test"]), measured)
            self.assertIn(verb, self.genre("lm", "finetune", config, "--run", task + "-again", "--set", "finetune.epochs=1", *more).stdout)
            self.genre("lm", "embed", "--model", f"{task}/model", "--input", "examples.csv", "--output", "vectors.npy")

    def test_pretrain_and_distill_are_for_their_tasks(self):
        for verb, key in (("pretrain", "finetune.task"), ("distill", "finetune.distil.teacher")):
            self.assertIn(key, json.dumps(self.json("lm", verb, self.config(), "--run", "bad", code=3)["error"]))
            self.assertFalse((self.folder / "bad").exists())
        self.json("lm", "finetune", self.config(), "--run", "teacher", "--set", "finetune.epochs=15")
        out = self.json("lm", "distill", self.config(), "--run", "pupil", "--set", "finetune.epochs=15", "--set", 'finetune.distil.teacher="teacher/model"')
        self.assertGreaterEqual(out["test"]["accuracy"], 0.9)

    def test_the_bar_says_rate_time_left_loss_memory_and_what_was_measured(self):
        terminal, theirs = pty.openpty()
        started = subprocess.Popen([case.GENRE, "lm", "finetune", self.config(), "--run", "run", "--set", "finetune.epochs=5000"], cwd=self.folder,
                                   env=self.environment, stdout=subprocess.DEVNULL, stderr=theirs, start_new_session=True)
        os.close(theirs)
        bar, shown, seen = re.compile(r"fine-tune .*/s .* left  loss \d+\.\d{4}, \d+ examples/s, 0\.\d\d GB, accuracy \d"), "", False
        while True:
            try:
                shown += os.read(terminal, 4096).decode()
            except OSError:  # nobody writes there any more
                break
            if not seen and bar.search(shown):
                seen = True
                started.send_signal(signal.SIGINT)
        os.close(terminal)
        self.assertEqual(started.wait(), 130, shown)
        self.assertTrue(seen, shown)

    def test_a_classifier_of_preferences_puts_candidates_in_order(self):
        prompt = "{candidate}\nliked {history}\ndisliked {disliked}"
        config = self.shop(model=f"name = 'lm_rank'\nevents = 3\ncandidate_count = 6\nprompt = {json.dumps(prompt)}", extra='[model.candidates]\nname = "ease"')
        titles = [f"{first} {second}" for first, second in [("red", "lipstick"), ("night", "cream"), ("blue", "shampoo"), ("robot", "movie"), ("love", "drama"), ("war", "film")] for _ in range(5)]
        titles = [f"{title} {n % 5}" for n, title in enumerate(titles)]
        self.write("items.csv", "id,title,year\n" + "".join(f"i{n},{title},{1990 + n}\n" for n, title in enumerate(titles)))
        self.genre("data", "export", config, "--as", "preferences", "--parts", "all", "--output", "asked")
        tune = self.config()
        tune.write_text(tune.read_text().replace('path = "examples.csv"', 'path = "asked/preferences.jsonl"\nformat = "jsonl"\ncolumns = { text = "text", label = "other" }'))
        classifier = self.json("lm", "finetune", tune, "--run", "judge")["model"]
        setting = ["--set", f'model.classifier="{classifier}"']
        run = self.folder / self.json("train", config, *setting)["run"]
        events = {}
        for user, item, value, _ in case.events():
            events.setdefault(user, []).append((item, value))
        # Everybody's newest event is a dislike; of somebody who did not like that item before.
        user = next(user for user, rows in events.items() if rows[-1][0] not in {item for item, _ in rows[:-1]})
        disliked, newest, before = (titles[int(item[1:])] for item, _ in events[user][:-4:-1])
        items = self.json("recommend", run, "--user", user, "-k", 8)["items"]
        asked = [f"{item['title']} liked {newest}; {before} disliked {disliked}" for item in items[:6]]
        said = [json.loads(line)["probabilities"] for line in self.genre("lm", "classify", "--model", classifier, stdin="".join(text + "\n" for text in asked)).stdout.splitlines()]
        for item, probability in zip(items, said):
            self.assertAlmostEqual(item["score"], math.log(probability["yes"] / probability["no"]), places=4)
        self.assertGreater(len({item["score"] for item in items[:6]}), 3)
        self.assertGreater(items[5]["score"], items[6]["score"])
        refused = self.genre("train", config, "--set", 'model.classifier="base"', code=3)
        self.assertIn("has no label 'yes'", refused.stderr)

    def test_a_sweep_suggests_a_learning_rate_that_trains(self):
        config = self.config()
        out = self.json("lm", "lr-find", config, "--run", "sweep", "--steps", 80)
        rates = [point["rate"] for point in out["curve"]]
        self.assertEqual(rates, sorted(rates))
        self.assertGreater(out["suggested"], 1e-5)
        self.assertLess(out["suggested"], out["lowest"])
        trained = self.json("lm", "finetune", config, "--run", "run", "--set", f"optimizer.learning_rate={out['suggested']}", "--set", "finetune.epochs=15")
        self.assertGreaterEqual(trained["test"]["accuracy"], 0.9)
        self.assertIn("--set optimizer.learning_rate=", self.genre("lm", "lr-find", config, "--run", "again", "--steps", 80).stdout)

    def test_texts_that_the_model_is_unsure_of_are_suggested_for_labels(self):
        out = self.json("lm", "finetune", self.config(), "--run", "run", "--set", "finetune.epochs=15")
        texts = ["red lipstick 1", "red lipstick 2", "a robot movie 1", "a robot movie 2", "red robot", "red robot", ""]
        suggest = ["data", "suggest-labels", "--model", out["model"]]
        lines = [json.loads(line) for line in self.genre(*suggest, "-n", 3, "--diversity", 0, stdin="\n".join(texts) + "\n").stdout.splitlines()]
        self.assertEqual(len(lines), 3)
        found = [line["uncertainty"] for line in lines]
        self.assertEqual(found, sorted(found, reverse=True))
        for line in lines:
            self.assertEqual(line["guess"], self.served(out["model"], line["text"]))
        spread = self.genre(*suggest, "-n", 9, "--by", "margin", stdin="\n".join(texts) + "\n").stdout.splitlines()
        self.assertEqual(len(spread), 5)

    def test_variations_of_texts_are_learnt_from_too(self):
        stderr = self.genre("lm", "finetune", self.config("augmentation = { copies = 2, synonyms = 0.3 }"), "--run", "run", "--set", "finetune.epochs=1").stderr
        examples = int(re.search(r"(\d+) examples to learn", stderr).group(1))
        self.assertGreater(examples, 150)  # of 96
        self.assertIn("wordnet", json.dumps(self.json("lm", "finetune", self.config('augmentation = { copies = 1, synonyms = 0.3, wordnet = "/nowhere/wordnet" }'), "--run", "bad", code=5)["error"]))

    def test_a_part_without_examples_is_said_to_have_none(self):
        lines = self.genre("lm", "finetune", self.config("ratio = [1.0, 0.0, 0.0]"), "--run", "run", "--set", "finetune.epochs=1").stdout.splitlines()
        self.assertEqual([line.split() for line in lines[:2]], [["valid", "no", "examples"], ["test", "no", "examples"]])

    def test_all_folds_give_a_mean_with_its_interval_and_go_on_where_they_stopped(self):
        config = self.config("folds = 3")
        out = self.json("lm", "finetune", config, "--run", "folds", "--all-folds")
        self.assertEqual(len(out["folds"]), 3)
        values = [fold["test"]["accuracy"] for fold in out["folds"]]
        found = out["test"]["accuracy"]
        self.assertAlmostEqual(found["mean"], sum(values) / 3)
        self.assertLessEqual(found["low"], found["mean"])
        self.assertGreaterEqual(found["high"], found["mean"])
        kept = (self.folder / "folds" / "fold-0" / "model" / "model.safetensors").stat().st_mtime_ns
        (self.folder / "folds" / "fold-1" / "result.json").unlink()
        again = self.json("lm", "finetune", "--resume", "folds")
        self.assertEqual([fold["test"] for fold in again["folds"]], [fold["test"] for fold in out["folds"]])
        self.assertEqual((self.folder / "folds" / "fold-0" / "model" / "model.safetensors").stat().st_mtime_ns, kept)
        self.assertIn("folds", self.json("lm", "finetune", self.config(), "--run", "bad", "--all-folds", code=3)["error"]["hint"])

    def probabilities(self, model, texts):
        lines = self.genre("lm", "classify", "--model", model, stdin="".join(text + "\n" for text in texts)).stdout.splitlines()
        return [json.loads(line)["probabilities"] for line in lines]

    def test_an_ensemble_of_seeds_answers_with_the_mean_of_its_members(self):
        for tune in ("full", "prompt"):
            config = self.config(f'tune = "{tune}"\nensemble = 2\nvirtual_tokens = {{ count = 4 }}')
            out = self.json("lm", "finetune", config, "--run", tune)
            first, second = out["members"]
            self.assertNotEqual(first["valid"]["loss"], second["valid"]["loss"])
            for name, value in out["test"].items():
                self.assertAlmostEqual(value["mean"], (first["test"][name] + second["test"][name]) / 2, delta=1e-4, msg=name)
            self.assertEqual((self.folder / tune / "model" / "member-1" / "own_adapter").exists(), tune == "prompt")
            texts = ["red lipstick 3", "a robot movie 4", "the drama of red cream"]
            both, apart = self.probabilities(out["model"], texts), [self.probabilities(member["model"], texts) for member in out["members"]]
            for i in range(len(texts)):
                for label in both[i]:
                    self.assertAlmostEqual(both[i][label], (apart[0][i][label] + apart[1][i][label]) / 2, delta=1e-5)
        alone = self.json("lm", "finetune", self.config('tune = "full"'), "--run", "alone")
        whole = self.json("lm", "finetune", self.config('tune = "full"\nensemble = 2'), "--run", "again")
        self.assertEqual(alone["valid"], whole["members"][0]["valid"])
        suggested = self.genre("data", "suggest-labels", "--model", whole["model"], stdin="red\nrobot\nred movie\n").stdout.splitlines()
        self.assertEqual(len(suggested), 3)
        kept = (self.folder / "full" / "member-0" / "model" / "model.safetensors").stat().st_mtime_ns
        (self.folder / "full" / "member-1" / "result.json").unlink()
        shutil.rmtree(self.folder / "full" / "model")
        self.assertIn("ensemble accuracy", self.genre("lm", "finetune", "--resume", "full").stdout)
        self.assertEqual((self.folder / "full" / "member-0" / "model" / "model.safetensors").stat().st_mtime_ns, kept)
        self.assertEqual(self.probabilities("full/model", texts[:1])[0].keys(), both[0].keys())
        for more, word in (('task = "masked_lm"\nensemble = 2', "finetune.ensemble"), ("ensemble = 2\nfold_ensemble = true", "fold_ensemble")):
            self.assertIn(word, json.dumps(self.json("lm", "finetune", self.config(more), "--run", "bad", code=3)["error"]))
        error = self.json("lm", "finetune", self.config("ensemble = 2\nfolds = 3"), "--run", "bad", "--all-folds", code=3)["error"]
        self.assertIn("fold_ensemble", error["hint"])

    def test_an_ensemble_of_scorers_ranks(self):
        config = self.config('task = "rank"\nensemble = 2')
        self.write("examples.csv", "text,other,label\n" + "".join(f"query {n},red movie,1\nquery {n},blue robot,0\n" for n in range(20)))
        out = self.json("lm", "finetune", config, "--run", "rank")
        self.assertEqual(set(out["test"]), {"ndcg@10", "mrr"})
        ranked = [self.json("lm", "rank", "--model", model, "--query", "query 3", stdin="red movie\nblue robot\n")["results"]
                  for model in (out["model"], *(member["model"] for member in out["members"]))]
        scores = [{one["text"]: one["score"] for one in results} for results in ranked]
        for text, score in scores[0].items():
            self.assertAlmostEqual(score, (scores[1][text] + scores[2][text]) / 2, delta=1e-5)

    def test_folds_make_an_ensemble_that_is_measured_on_what_none_of_them_learnt_from(self):
        config = self.config("folds = 2\nfold_ensemble = true")
        out = self.json("lm", "finetune", config, "--run", "within", "--all-folds")
        self.assertEqual((out["ensemble"]["texts"], out["ensemble"]["test"]), (0, {}))
        self.write("held.csv", "text,label\nred lipstick a,care\nnight cream b,care\na robot movie c,film\nthe drama d,film\n")
        config.write_text(config.read_text().replace("[optimizer]", '[[finetune.examples]]\npath = "held.csv"\npart = "test"\n[optimizer]'))
        out = self.json("lm", "finetune", config, "--run", "held", "--all-folds")
        self.assertEqual(out["ensemble"]["texts"], 4)
        self.assertEqual(set(out["ensemble"]["test"]["accuracy"]), {"ensemble", "mean", "low", "high"})
        self.assertEqual(self.served(out["ensemble"]["model"], "red night cream"), "care")

    def test_killed_at_any_moment_it_resumes_to_the_same_bytes(self):
        config = self.config("checkpoint_steps = 10\ndropout = 0.2")
        long = ["--set", "finetune.epochs=150", "--set", 'optimizer.groups=[{ parameters = ["classifier.*"], learning_rate = 1e-2 }]']
        self.genre("lm", "finetune", config, "--run", "whole", *long)
        wanted = (self.folder / "whole" / "model" / "model.safetensors").read_bytes()
        stream, kills = random.Random(11), 0
        for attempt in range(3):
            run = f"killed{attempt}"
            started = subprocess.Popen([case.GENRE, "lm", "finetune", config, "--run", run, *long], cwd=self.folder, env=self.environment,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            last = self.folder / run / "checkpoints" / "last.safetensors"
            while not last.exists() and started.poll() is None:
                time.sleep(0.01)
            time.sleep(stream.random() * 0.3)
            subprocess.run(["pkill", "-KILL", "-s", str(started.pid)], check=False)
            started.wait()
            kills += not (self.folder / run / "model").exists()
            self.genre("lm", "finetune", "--resume", run)
            self.assertEqual((self.folder / run / "model" / "model.safetensors").read_bytes(), wanted)
            steps = [json.loads(line)["step"] for line in (self.folder / run / "metrics.jsonl").read_text().splitlines() if '"learning_rate"' in line]
            self.assertEqual(steps, sorted(set(steps)))
        self.assertGreater(kills, 0)

    def test_a_disk_that_is_full_ends_it_and_the_checkpoint_before_stays(self):
        config = self.config("checkpoint_steps = 5\ndropout = 0.2")
        more = ["--set", "finetune.epochs=12"]
        self.genre("lm", "finetune", config, "--run", "whole", *more)
        for attempt in range(20):  # until one is killed in time
            run = self.folder / f"run{attempt}"
            started = subprocess.Popen([case.GENRE, "lm", "finetune", config, "--run", run.name, *more], cwd=self.folder, env=self.environment,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            last = run / "checkpoints" / "last.safetensors"
            while not last.exists() and started.poll() is None:
                time.sleep(0.01)
            subprocess.run(["pkill", "-KILL", "-s", str(started.pid)], check=False)
            started.wait()
            if '"step":144,' not in (run / "metrics.jsonl").read_text():
                break
        before = last.read_bytes()
        for name in (".last.safetensors.tmp-1-0", ".best.safetensors.tmp-1-1"):  # as a kill while they are written leaves them
            (last.parent / name).write_bytes(before[:100])
        self.assertGreater(len(before), 2 * (self.folder / "whole" / "metrics.jsonl").stat().st_size)
        full = subprocess.run([case.GENRE, "lm", "finetune", "--resume", run.name], cwd=self.folder, env=self.environment, capture_output=True, text=True,
                              restore_signals=False, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, len(before) // 2)))
        self.assertEqual(full.returncode, 7, full.stderr)
        self.assertIn("last.safetensors", full.stderr)
        self.assertEqual(last.read_bytes(), before)
        self.assertLessEqual({path.name for path in last.parent.iterdir()}, {"last.safetensors", "best.safetensors"})
        self.genre("lm", "finetune", "--resume", run.name)
        self.assertEqual((run / "model" / "model.safetensors").read_bytes(), (self.folder / "whole" / "model" / "model.safetensors").read_bytes())

    def test_an_interrupt_leaves_a_checkpoint_and_says_how_to_go_on(self):
        config = self.config("").as_posix()
        started = subprocess.Popen([case.GENRE, "lm", "finetune", config, "--run", "run", "--set", "finetune.epochs=2000"], cwd=self.folder,
                                   env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        metrics = self.folder / "run" / "metrics.jsonl"
        while not metrics.exists() and started.poll() is None:
            time.sleep(0.02)
        started.send_signal(signal.SIGINT)  # as a service manager does: to this process alone
        _, stderr = started.communicate(timeout=120)
        self.assertEqual(started.returncode, 130, stderr)
        self.assertIn("--resume", stderr)
        self.assertTrue((self.folder / "run" / "checkpoints" / "last.safetensors").exists())

    def test_its_memory_is_planned_and_a_training_that_does_not_fit_is_not_begun(self):
        config = self.config()
        plan = self.json("lm", "finetune", config, "--plan")
        self.assertEqual(plan["schema"], "genre.lm.finetune.plan/1")
        self.assertEqual(plan["peak_bytes"], max(plan[at] for at in ("start_bytes", "step_bytes", "measuring_bytes", "end_bytes")))
        self.assertGreater(plan["attainable_bytes"], plan["peak_bytes"])
        shown = self.genre("lm", "finetune", config, "--plan").stdout
        self.assertIn("activations of the largest batch: 8 examples", shown)
        self.assertIn("at the peak", shown)
        self.assertFalse(list(self.folder.glob("runs/*/metrics.jsonl")))
        error = self.json("lm", "finetune", config, "--run", "bad", "--set", "finetune.memory_limit=1", code=7)["error"]
        self.assertIn("does not fit", error["message"])
        self.assertIn("there are 0.00 GB", error["message"])
        self.assertRegex(error["hint"], "finetune.batch|finetune.tune")
        self.assertFalse((self.folder / "bad" / "checkpoints").exists())

    def test_what_cannot_be_trained_is_refused_with_a_reason(self):
        for more, code, word in (('tune = "everything"', 3, "finetune.tune"), ("frozen_layers = 9", 3, "frozen_layers"),
                                 ("maximum_tokens = 2", 3, "maximum_tokens"), ("epoch = 3", 3, "epochs"),
                                 ("regularisation = { mixup = 0.2, r_drop = 1.0 }", 3, "mixup"), ('task = "contrastive"\ncontrastive = { loss = "cosent", hard_negatives = 1 }', 3, "hard_negatives"), ('task = "masked_lm"\nregularisation = { r_drop = 1.0 }', 3, "r_drop"),
                                 ('metric = "ndcg@10"', 3, "finetune.metric"),
                                 ('tune = "adalora"\nlora = { rank = 12 }', 3, "initial_rank"), ('tune = "adalora"\nadalora = { warmup = 0.5, settled = 0.5 }', 3, "settled"),
                                 ('tune = "adalora"\nregularisation = { swa = 0.5 }', 3, "swa"), ('tune = "lora"\nlora = { targets = ["query", "query"] }', 3, "named twice"),
                                 ('tune = "prefix"', 3, "finetune.tune"), ('tune = "prompt"\nvirtual_tokens = { count = 36 }', 3, "leave no room"),
                                 ('tune = "prompt"\nfrozen_layers = 1', 3, "frozen_layers"), ('device = "gpu"', 3, "one of auto, cpu, cuda")):
            error = self.json("lm", "finetune", self.config(more), "--run", "bad", code=code)["error"]
            self.assertIn(word, json.dumps(error), more)
        error = self.json("lm", "finetune", self.config('device = "cuda"'), "--run", "bad", code=3, env={"CUDA_VISIBLE_DEVICES": ""})["error"]
        self.assertEqual(error["key"], "finetune.device")
        self.assertRegex(error["hint"], "cpu")
        error = self.json("lm", "finetune", self.config(rows=[("a", "x"), ("b", "x")]), "--run", "bad", code=4)["error"]
        self.assertIn("every example has the label 'x'", error["message"])
        error = self.json("lm", "finetune", self.config(rows=[("", "x"), ("b", "")]), "--run", "bad", code=4)["error"]
        self.assertIn("no row has everything that the task reads", error["message"])
        group = 'optimizer.groups=[{ parameters = ["head.*"], learning_rate = 1e-2 }]'
        error = self.json("lm", "finetune", self.config(), "--run", "bad", "--set", group, code=3)["error"]
        self.assertIn("no parameter that is trained is named 'head.*'", error["message"])
        self.assertIn("classifier.", error["hint"])
        error = self.json("lm", "finetune", "--resume", "nowhere", code=5)["error"]
        self.assertIn("config.toml", error["message"])
        error = self.json("lm", "finetune", self.config(), "--run", "bad", "--set", "optimizer.learning_rate=1e30", "--set", "optimizer.warmup=0", code=1)["error"]
        self.assertIn("is not finite", error["message"])


if __name__ == "__main__":
    case.run()
