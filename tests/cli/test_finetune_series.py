"""Trainings of several: what a model labels for the next one, slices of time, heads on one encoder."""
import json
import random
import shutil

import case
from taste_case import TasteCase

CARE, FILM = ["red lipstick", "night cream", "blue shampoo"], ["a robot movie", "the drama", "love and war"]


class Series(TasteCase):
    def sources(self, config, *tables):
        """Puts these [[finetune.examples]] in place of those of a configuration."""
        text = config.read_text()
        begin, end = text.index("[[finetune.examples]]"), text.index("[optimizer]")
        config.write_text(text[:begin] + "".join(f"[[finetune.examples]]\n{table}\n" for table in tables) + text[end:])
        return config

    def unlabelled(self, more):
        """Few labelled texts, many without a label, some of them among the labelled."""
        stream = random.Random(2)
        rows = [(f"{stream.choice(words)} {n}", label) for n in range(24) for words, label in ((CARE, "care"), (FILM, "film"))]
        config = self.config(more, rows=rows)
        texts = [f"{stream.choice(CARE if n % 3 else FILM)} {n + 100}" for n in range(60)] + [rows[0][0]]
        self.write("texts.csv", "text\n" + "".join(text + "\n" for text in texts))
        return self.sources(config, 'path = "examples.csv"', 'path = "texts.csv"\npart = "unlabelled"')

    def test_what_a_model_labels_is_learnt_from_in_the_next_round(self):
        config = self.unlabelled("ratio = [0.6, 0.2, 0.2]\npseudo_labels = { rounds = 2, threshold = 0.6, weight = 0.5 }").as_posix()
        out = self.json("lm", "finetune", config, "--run", "run", "--set", "finetune.epochs=120")
        self.assertEqual([one["round"] for one in out["rounds"]], [0, 1, 2])
        self.assertNotIn("pseudo_labels", out["rounds"][0])
        for one in out["rounds"][1:]:
            counts = one["pseudo_labels"]
            self.assertEqual(counts["texts"], 60)  # not the one that has a label
            self.assertGreater(counts["learnt"], 10)
            self.assertLessEqual(counts["learnt"], counts["confident"])
            self.assertEqual(counts["learnt"], sum(of["learnt"] for of in counts["labels"].values()))
            self.assertEqual(counts["labels"]["care"]["learnt"], counts["labels"]["film"]["learnt"])  # as the labelled ones
            lines = [json.loads(line) for line in (self.folder / "run" / f"round-{one['round']}" / "pseudo_labels.jsonl").read_text().splitlines()]
            self.assertEqual(len(lines), counts["learnt"])
            self.assertTrue(all(line["confidence"] >= 0.6 for line in lines))
            right = [line["label"] == ("care" if line["text"].rsplit(" ", 1)[0] in CARE else "film") for line in lines]
            self.assertGreater(sum(right) / len(right), 0.8)
        self.assertGreater(out["rounds"][1]["steps"], out["rounds"][0]["steps"])
        best = out["rounds"][out["best_round"]]
        self.assertEqual(out["valid"], best["valid"])
        self.assertEqual(best["valid"]["accuracy"], max(one["valid"]["accuracy"] for one in out["rounds"]))
        model = self.folder / "run" / "model" / "model.safetensors"
        self.assertEqual(model.read_bytes(), (self.folder / best["model"] / "model.safetensors").read_bytes())

        shutil.rmtree(self.folder / "run" / "round-2")
        again = self.json("lm", "finetune", "--resume", "run")
        self.assertEqual([one["test"] for one in again["rounds"]], [one["test"] for one in out["rounds"]])
        taught = self.genre("lm", "finetune", config, "--run", "taught", "--set", f'finetune.pseudo_labels.teacher="{out["model"]}"', "--set", "finetune.pseudo_labels.rounds=1", "--set", "finetune.epochs=120").stdout
        self.assertIn("of 60 texts labelled", taught)
        self.assertNotIn("round 0", taught)

    def test_labels_by_a_model_are_refused_where_they_make_no_sense(self):
        for more, word in (("", "finetune.pseudo_labels.rounds"), ("pseudo_labels = { rounds = 1 }\nensemble = 2", "rounds"), ('task = "regress"\npseudo_labels = { rounds = 1 }', "only classify")):
            self.assertIn(word, json.dumps(self.json("lm", "finetune", self.unlabelled(more), "--run", "bad", code=3)["error"]))
        config = self.unlabelled("pseudo_labels = { rounds = 3, threshold = 1.0 }")
        shown = self.genre("lm", "finetune", config, "--run", "unsure", "--set", "finetune.epochs=1")
        self.assertIn("no text reaches", shown.stderr)
        self.assertIn("the model of round 0 is kept", shown.stdout)
        self.assertIn("no texts to label", self.json("lm", "finetune", self.config("pseudo_labels = { rounds = 1 }"), "--run", "bad", code=3)["error"]["message"])
        teacher = f'pseudo_labels = {{ rounds = 1, teacher = "{self.folder}/base" }}'
        self.assertIn("labels of the examples", self.json("lm", "finetune", self.unlabelled(teacher), "--run", "bad", code=3)["error"]["message"])

    def slices(self, more):
        """Two labels first, two others later."""
        config = self.config(more)
        stream = random.Random(4)
        rows = []
        for n in range(160):
            label = stream.choice(("care", "film") if n < 80 else ("night", "war"))
            words = {"care": "red lipstick", "film": "a robot movie", "night": "night cream", "war": "love and war"}[label]
            rows.append((f"{words} {n}", label, 1_700_000_000 + n * 3600))
        stream.shuffle(rows)
        self.write("timed.csv", "text,label,time\n" + "".join(f"{text},{label},{time}\n" for text, label, time in rows))
        return self.sources(config, 'path = "timed.csv"')

    def test_what_was_learnt_first_is_forgotten_unless_it_is_replayed(self):
        found = {}
        for replay in (0.0, 1.0):
            config = self.slices(f"ratio = [0.6, 0.1, 0.3]\ntime_slices = {{ count = 2, replay = {replay} }}")
            out = self.json("lm", "finetune", config, "--run", f"replay-{replay}", "--set", "finetune.epochs=100")
            found[replay] = out
            self.assertEqual(out["metric"], "accuracy")
            self.assertGreater(out["matrix"][0][0], 0.8)
            self.assertGreater(out["matrix"][1][1], 0.8)
            self.assertAlmostEqual(out["forgetting"], out["matrix"][0][0] - out["matrix"][1][0])
            self.assertAlmostEqual(out["final_mean"], sum(out["matrix"][1]) / 2)
            self.assertEqual([one["replayed"] for one in out["slices"]], [0, out["slices"][0]["train"] if replay else 0])
            measured = json.loads((self.folder / out["slices"][1]["run"] / "result.json").read_text())["test"]["accuracy"]
            self.assertAlmostEqual(out["matrix"][1][1], measured, delta=1e-6)
            self.assertIn("average forgetting", (self.folder / f"replay-{replay}" / "report.html").read_text())
        self.assertGreater(found[0.0]["forgetting"], 0.5)
        self.assertLess(found[1.0]["forgetting"], found[0.0]["forgetting"] - 0.3)
        self.assertGreater(found[1.0]["final_mean"], found[0.0]["final_mean"])

        shutil.rmtree(self.folder / "replay-1.0" / "slice-1")
        shown = self.genre("lm", "finetune", "--resume", "replay-1.0").stdout
        self.assertIn(f"average forgetting {found[1.0]['forgetting']:.4f}", shown)

    def heads(self, more="", second="regress"):
        config = self.config(f'task = "multi_task"\n{more}')
        stars = [(f"{words} {n}", value) for n in range(20) for words, value in (("red lipstick", 4.5), ("a robot", 1.5))]
        self.write("stars.csv", "text,label\n" + "".join(f"{text},{value}\n" for text, value in stars))
        tables = "".join(f'[[finetune.heads]]\nname = "{name}"\ntask = "{task}"\n[[finetune.heads.examples]]\npath = "{path}"\n' for name, task, path in (("topic", "classify", "examples.csv"), ("stars", second, "stars.csv")))
        text = self.sources(config).read_text()
        config.write_text(text.replace("[optimizer]", tables + "[optimizer]"))
        return config

    def test_several_heads_learn_on_one_encoder_and_are_served_by_their_names(self):
        for weighting in ("fixed", "uncertainty"):
            out = self.json("lm", "finetune", self.heads(f'weighting = "{weighting}"'), "--run", weighting, "--set", "finetune.epochs=40")
            self.assertLessEqual({"loss", "topic/accuracy", "stars/rmse"}, set(out["test"]))
            self.assertGreaterEqual(out["test"]["topic/accuracy"], 0.9)
            self.assertLess(out["test"]["stars/rmse"], 1)
            classify = lambda head, text: json.loads(self.genre("lm", "classify", "--model", f"{out['model']}/{head}", stdin=text + "\n").stdout)
            self.assertEqual(classify("topic", "red night cream")["label"], "care")
            self.assertGreater(classify("stars", "red lipstick 3")["probabilities"]["value"], classify("stars", "a robot 3")["probabilities"]["value"] + 1)
        self.assertIn("/HEAD", self.genre("lm", "finetune", self.heads(), "--run", "text").stdout)

    def test_heads_that_cannot_be_are_refused(self):
        config = self.heads()
        for old, new, word in (('name = "stars"', 'name = "topic"', "two heads"), ('name = "stars"', 'name = "a/b"', "no name of a folder"), ('task = "multi_task"', 'task = "classify"', "multi_task")):
            config = self.heads()
            config.write_text(config.read_text().replace(old, new))
            self.assertIn(word, json.dumps(self.json("lm", "finetune", config, "--run", "bad", code=3)["error"]))
        self.assertIn("two heads or more", self.json("lm", "finetune", self.config('task = "multi_task"'), "--run", "bad", code=3)["error"]["message"])

    def test_slices_that_cannot_be_cut_are_refused(self):
        for more, code, word in (('tune = "prompt"\ntime_slices = { count = 2 }', 3, "finetune.tune"), ("ratio = [1.0, 0.0, 0.0]\ntime_slices = { count = 2 }", 4, "0 to test on"),
                                 ("ratio = [0.5, 0.0, 0.5]\ntime_slices = { count = 900 }", (3, 4), "ask for fewer"), ("ensemble = 2\ntime_slices = { count = 2 }", 3, "time_slices")):
            self.assertIn(word, json.dumps(self.json("lm", "finetune", self.slices(more), "--run", "bad", code=code)["error"]), more)
        config = self.config("time_slices = { count = 2 }")
        self.assertIn("time", self.json("lm", "finetune", config, "--run", "bad", code=3)["error"]["message"])


if __name__ == "__main__":
    case.run()
