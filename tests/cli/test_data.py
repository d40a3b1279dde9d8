"""The verbs below `genre data` as a stranger meets them."""
import json
import re

import case
from case import Case, events


class Import(Case):
    def test_infer_shows_the_columns_and_writes_nothing(self):
        self.write("log.csv", "visitor;sku;stars;date\nann;10;4;31/01/2024\nbob;11;5;01/02/2024\n")
        out = self.json("data", "import", "log.csv", "--infer")
        self.assertEqual(out["columns"], {"user": "visitor", "item": "sku", "value": "stars", "time": "date"})
        self.assertEqual((out["delimiter"], out["time_unit"], out["date_order"]), (";", "auto", "day_first"))
        text = self.genre("data", "import", "log.csv", "--infer").stdout
        self.assertIn("such as 31/01/2024", text)
        self.assertIn("nothing is written", text)
        self.assertEqual([p.name for p in self.folder.glob("*.toml")], [])

    def test_output_writes_a_configuration_that_trains(self):
        self.write("log.tsv", "userId\tmovieId\trating\ttimestamp\n" + "".join("\t".join(map(str, row)) + "\n" for row in events()))
        self.genre("data", "import", "log.tsv", "--infer", "--output", "mine.toml")
        self.assertTrue((self.folder / self.json("train", "mine.toml")["run"]).exists())
        self.genre("data", "import", "log.tsv", "--infer", "--output", "mine.toml", code=2)
        self.genre("data", "import", "log.tsv", "--infer", "--output", "mine.toml", "--force")

    def test_without_infer_it_says_what_to_add(self):
        self.write("log.csv", "user,item\n1,2\n")
        self.assertIn("--infer", self.genre("data", "import", "log.csv", code=2).stderr)


class Validate(Case):
    def test_sound_data_passes(self):
        # A temporal split would test the last users of this file only.
        out = self.json("data", "validate", self.shop(), "--set", "data.split.kind=user_ratio")
        self.assertTrue(out["passed"])
        self.assertTrue(all(check["passed"] and check["hint"] is None for check in out["checks"]))
        self.assertGreaterEqual(len(out["checks"]), 10)

    def test_a_failed_check_ends_with_eight(self):
        rows = events() + [("u1", "i1", 5, 4_000_000_000)]
        out = self.json("data", "validate", self.shop(rows=rows), "--set", "data.split.kind=user_ratio", code=8)
        failed = [check["check"] for check in out["checks"] if not check["passed"]]
        self.assertEqual(failed, ["future"])
        self.assertIn("FAIL  future", self.genre("data", "validate", self.shop(rows=rows), "--set", "data.split.kind=user_ratio", code=8).stdout)

    def test_data_that_cannot_be_prepared_is_a_failed_check(self):
        config = self.shop()
        (self.folder / "events.csv").unlink()
        out = self.json("data", "validate", config, code=8)
        self.assertEqual([(c["check"], c["passed"]) for c in out["checks"]], [("prepared", False)])

    def test_a_wrong_configuration_is_a_configuration_error(self):
        self.genre("data", "validate", self.shop(extra="[data.clean]\noutlier = 3\n"), code=3)


class Describe(Case):
    def test_distributions_long_tail_and_page(self):
        config = self.shop()
        out = self.json("data", "describe", config, "--html", "data.html")
        self.assertEqual(sum(b["count"] for b in out["by_user"]["histogram"]), out["users"])
        self.assertEqual(sum(b["count"] for b in out["by_item"]["histogram"]), out["items"])
        self.assertEqual(sum(m["events"] for m in out["months"]), out["interactions"])
        self.assertLess(out["long_tail"]["heads"][0]["events"], out["long_tail"]["heads"][-1]["events"])
        self.assertEqual([f["field"] for f in out["item_fields"]], ["title", "year"])
        page = (self.folder / "data.html").read_text()
        self.assertIn("<svg", page)
        self.assertNotIn("<script", page)
        self.assertNotRegex(page, r'(src|href)="https?:')

    def test_cleaning_steps_are_counted(self):
        config = self.shop(rows=events() + [("u1", "i1", 5, -10)], extra='[data.clean]\nnot_before = "2000-01-01"\noutliers = 3.5\n')
        steps = {s["rule"]: s for s in self.json("data", "describe", config)["cleaning"]}
        self.assertEqual(steps["time"]["rows_in"] - steps["time"]["rows_out"], 1)
        self.assertIn("outliers", steps)


class Export(Case):
    def test_every_format_is_written(self):
        config = self.shop()
        wanted = {"parquet": "interactions/part-00000.parquet", "npz": "train.npz", "safetensors": "train.safetensors", "text": "histories.jsonl", "lists": "train.txt", "trec": "test.qrels"}
        for format, name in wanted.items():
            out = self.json("data", "export", config, "--as", format, "--output", format)
            self.assertIn(name, [f["path"] for f in out["files"]])
            self.assertTrue((self.folder / format / name).exists())
        self.genre("data", "export", config, "--as", "npz", "--output", "npz", code=2)
        self.genre("data", "export", config, "--as", "npz", "--output", "npz", "--force")
        self.genre("data", "export", config, "--as", "csv", "--output", "x", code=2)

    def test_parquet_reads_back_to_the_same_interactions(self):
        first = self.json("data", "describe", self.shop())
        self.genre("data", "export", "shop.toml", "--as", "parquet", "--output", "out")
        config = self.write("again.toml", '[[data.interactions]]\npath = "out/interactions"\nformat = "parquet"\ntime_unit = "rfc3339"\n[data.events.rating]\npositive = "value >= 4"\n[lm]\nmodel = "none"\n[model]\nname = "ease"\n')
        again = self.json("data", "describe", config)
        for key in ["users", "items", "interactions", "positive", "first", "last", "parts", "event_types"]:
            self.assertEqual(first[key], again[key], key)
        # A file that changes inside the folder is noticed: the prepared dataset is not taken from the cache.
        self.shop(rows=events() + [("u99", "i1", 5, 1_700_000_000)])
        self.genre("data", "export", "shop.toml", "--as", "parquet", "--output", "out", "--force")
        self.assertEqual(self.json("data", "describe", config)["users"], again["users"] + 1)

    def test_texts_follow_template_order_and_budget(self):
        config = self.shop()
        self.genre("data", "export", config, "--as", "text", "--output", "texts", "--event", "{event} {item}{when}", "--words", 12, "--order", "oldest_first", "--targets", "test")
        lines = [json.loads(line) for line in (self.folder / "texts" / "histories.jsonl").read_text().splitlines()]
        self.assertGreater(len(lines), 10)
        for line in lines:
            self.assertLessEqual(line["words"], 12)
            self.assertLessEqual(len(re.findall("rated", line["text"])), 2)
        self.assertTrue(any(line["targets"] for line in lines))
        self.assertIn("did you mean", self.genre("data", "export", config, "--as", "text", "--output", "t2", "--event", "{itme}", code=3).stderr)

    def test_histories_get_labels_and_items_pairs(self):
        config = self.shop()
        text = ["data", "export", config, "--as", "text", "--output"]
        self.assertIn("--targets", self.genre(*text, "t1", "--label", "title", code=2).stderr)
        self.assertIn("have no field", self.genre(*text, "t2", "--label", "colour", "--targets", "test", code=3).stderr)
        self.genre(*text, "t3", "--label", "title", "--targets", "test")
        lines = [json.loads(line) for line in (self.folder / "t3" / "histories.jsonl").read_text().splitlines()]
        self.assertEqual([bool(line["label"]) for line in lines], [bool(line["targets"]) for line in lines])
        out = self.json("data", "export", config, "--as", "pairs", "--pairs", 2, "--output", "pairs")
        pairs = [json.loads(line) for line in (self.folder / "pairs" / "pairs.jsonl").read_text().splitlines()]
        self.assertEqual(len(pairs), out["pairs"])
        self.assertEqual(len({frozenset(pair.values()) for pair in pairs}), len(pairs))

    def test_preferences_are_prompts_of_the_model_with_their_answers(self):
        config = self.shop(model='name = "cascade"\n[model.ranker]\nname = "lm_rank"\nevents = 2\nprompt = "{history} > {candidate}"')
        out = self.json("data", "export", config, "--as", "preferences", "--parts", "all", "--output", "asked")
        lines = [json.loads(line) for line in (self.folder / "asked" / "preferences.jsonl").read_text().splitlines()]
        self.assertEqual(len(lines), out["prompts"])
        self.assertEqual({line["other"] for line in lines}, {"yes", "no"})
        for line in lines:
            history, candidate = line["text"].split(" > ")
            self.assertLessEqual(history.count("; "), 1)
            self.assertEqual(candidate, f"Thing number {line['item'][1:]}")
            self.assertNotIn(candidate, history.split("; "))

    def test_texts_have_at_most_as_many_tokens_as_the_model_reads(self):
        (self.folder / "tiny").mkdir()
        self.write("tiny/vocab.txt", "".join(f"{word}\n" for word in ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ":", ";", "rated", "thing", "numb", "##er", "4", "5"]))
        config = self.shop()
        export = ["data", "export", config, "--as", "text", "--tokens", 30]
        self.genre(*export, "--model", "tiny", "--output", "texts")
        lines = [json.loads(line) for line in (self.folder / "texts" / "histories.jsonl").read_text().splitlines()]
        read = self.genre("lm", "tokenize", "--model", "tiny", stdin="".join(line["text"] + "\n" for line in lines)).stdout
        self.assertEqual([line["tokens"] for line in lines], [len(json.loads(ids)) for ids in read.splitlines()])
        self.assertLessEqual(max(line["tokens"] for line in lines), 30)
        self.assertGreater(max(len(line["items"]) for line in lines), 1)
        refused = self.genre(*export, "--output", "none", code=2)  # the configuration's model is "none"
        self.assertIn("--model", refused.stderr)
        self.genre("data", "export", config, "--as", "text", "--model", "tiny", "--output", "none", code=2)
        self.assertFalse((self.folder / "none").exists())

    def test_scipy_opens_the_matrices(self):
        try:
            from scipy import sparse
        except ImportError:
            self.skipTest("SciPy is not installed")
        out = self.json("data", "export", self.shop(), "--as", "npz", "--output", "npz")
        matrix = sparse.load_npz(self.folder / "npz" / "train.npz")
        self.assertEqual(matrix.shape, (40, 30))
        self.assertGreater(matrix.nnz, 0)


class Get(Case):
    def test_list_has_every_dataset_with_its_licence(self):
        datasets = {d["name"]: d for d in self.json("data", "list")["datasets"]}
        for name in ["ml-100k", "ml-1m", "ml-20m", "amazon-beauty", "goodreads-poetry", "mind-small", "lastfm-2k"]:
            self.assertTrue(datasets[name]["licence"])

    def test_what_cannot_be_reached_fails_with_the_steps_by_hand(self):
        # No proxy answers at this port, so that the test needs no network and reaches none.
        closed = {"https_proxy": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}
        done = self.genre("data", "get", "lastfm-2k", "--output", "raw", code=6, env=closed)
        self.assertIn("non-commercial", done.stderr)
        self.assertRegex(done.stderr, r"hint: .*hetrec2011-lastfm-2k\.zip")
        self.assertFalse((self.folder / "raw").exists())

    def test_unknown_names_give_the_nearest(self):
        self.assertIn("ml-20m", self.genre("data", "get", "ml-20n", code=5).stderr)


class Database(Case):
    def test_the_password_is_nowhere(self):
        config = self.shop()
        config.write_text(config.read_text().replace('path = "events.csv"', 'path = "postgresql://me:s3cret@127.0.0.1:9/shop"\nformat = "postgresql"\ntable = "log"', 1))
        for command in (["train", config], ["data", "describe", config, "--json"], ["config", "check", config]):
            done = self.genre(*command, code=(0, 6))
            self.assertNotIn("s3cret", done.stdout + done.stderr)


if __name__ == "__main__":
    case.run()
