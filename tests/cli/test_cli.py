"""The genre program as a stranger meets it: results, errors, exit codes."""
import pathlib
import random
import signal
import subprocess
import time
import tomllib

import case
from case import Case, events


class FrontDoor(Case):
    def test_alone_it_says_where_to_start(self):
        self.assertIn("genre demo", self.genre().stdout)

    def test_help_lists_every_verb_and_each_has_help(self):
        text = self.genre("--help").stdout
        for verb in ["demo", "init", "data", "train", "evaluate", "recommend", "similar", "search", "serve", "lm", "models", "metrics", "off-policy", "config", "version"]:
            self.assertIn(verb, text)
            self.assertTrue(self.genre(verb, "--help").stdout)

    def test_version(self):
        self.assertRegex(self.genre("version").stdout, r"^genre \d+\.\d+\.\d+$")

    def test_unknown_verb_names_the_nearest(self):
        done = self.genre("trian", code=2)
        self.assertIn("did you mean 'genre train'?", done.stderr)

    def test_missing_argument_is_a_usage_error(self):
        self.genre("train", code=2)
        error = self.json("recommend", code=2)["error"]
        self.assertEqual(error["code"], "usage")


class Configuration(Case):
    def test_misspelled_setting_names_the_right_key(self):
        done = self.genre("train", self.shop(), "--set", "model.nmae=ease", code=3)
        self.assertIn("model.name", done.stderr)

    def test_every_fault_is_reported_with_its_line(self):
        config = self.write("bad.toml", 'sede = 1\n[data]\nname = 3\n[model]\nname = "eese"\n')
        done = self.genre("config", "check", config, code=3)
        for part in ["bad.toml:1", "did you mean 'seed'?", "bad.toml:3", "bad.toml:5", 'did you mean "ease"?']:
            self.assertIn(part, done.stderr)

    def test_toml_fault_names_file_and_line(self):
        error = self.json("config", "check", self.write("bad.toml", "seed = 1\n[data\n"), code=3)["error"]
        self.assertEqual((error["code"], error["line"]), ("config", 2))

    def test_missing_file_is_not_found(self):
        error = self.json("train", "absent.toml", code=5)["error"]
        self.assertEqual(error["code"], "not_found")

    def test_settings_that_do_not_go_together_are_faults(self):
        for settings, fault in [("heads = 3", "factors"), ('contrastive = 0.1\naugmentations = ["crop", "swap"]', "swap")]:
            config = self.shop(model='name = "sasrec"\n' + settings)
            self.assertIn(fault, self.genre("config", "check", config, code=3).stderr)

    def test_environment_and_settings_override_the_file(self):
        config = self.shop()
        first = self.json("config", "check", config)["digest"]
        self.assertNotEqual(first, self.json("config", "check", config, env={"GENRE_SEED": "9"})["digest"])
        self.assertEqual(first, self.json("config", "check", config, "--set", "seed=3", env={"GENRE_SEED": "9"})["digest"])

    def test_reference_page_equals_the_field_tables(self):
        page = (case.SOURCE / "docs" / "configuration.md").read_text()
        self.assertEqual(self.genre("config", "schema", "--markdown").stdout, page, "run: build/release/genre config schema --markdown > docs/configuration.md")

    def test_every_shipped_configuration_is_valid(self):
        for path in sorted((case.SOURCE / "configs").rglob("*.toml")):
            self.genre("config", "check", path)


class Pipeline(Case):
    def test_train_recommend_similar_evaluate(self):
        run = self.train()
        for name in ["config.toml", "log.jsonl", "metrics.jsonl", "artifact/manifest.json", "artifact/weights.safetensors", "artifact/items.tsv", "artifact/users.tsv", "artifact/items.jsonl"]:
            self.assertTrue((run / name).exists(), name)
        answer = self.json("recommend", run, "--user", "u0", "-k", "5", "--explain")
        self.assertEqual(answer["schema"], "genre.recommend/1")
        self.assertEqual(answer["strategy"], "personalised")
        self.assertEqual(len(answer["items"]), 5)
        self.assertTrue(all("because of" in item["reason"] for item in answer["items"]))
        session = self.json("recommend", run, "--history", "i0,i1", "--filter", "year > 1995")
        self.assertTrue(all(int(item["item"][1:]) > 5 for item in session["items"]))
        self.assertEqual(len(self.json("similar", run, "--item", "i0", "-k", "3")["items"]), 3)
        result = self.json("evaluate", run)["results"][0]
        self.assertGreater(result["metrics"]["ndcg@10"]["value"], 0)
        self.assertLessEqual(result["metrics"]["ndcg@10"]["low"], result["metrics"]["ndcg@10"]["value"])

    def test_words_need_no_language_model_where_a_model_has_words_of_its_own(self):
        template = '[item_text]\ntemplate = "{title} of {year}"'
        run = self.train(model='name = "bm25"', extra=template)
        answer = self.json("recommend", run, "--text", "anything of 1997?", "-k", 3, "--explain")
        self.assertEqual((answer["strategy"], answer["items"][0]["item"]), ("text", "i7"))
        self.assertIn("your words", answer["items"][0]["reason"])
        unheard = self.genre("recommend", run, "--text", "unheard words", code=2)
        self.assertIn("knows none of these words", unheard.stderr)
        evaluate = ["evaluate", self.shop(model='name = "bm25"', extra=template), "--set", 'evaluate.history="words"']
        self.assertEqual(self.json(*evaluate)["results"][0]["fallback_users"], 0)
        self.assertGreater(self.json("train", *evaluate[1:], "--plan")["estimated_peak_bytes"], 0)
        silent = self.genre("evaluate", self.shop(model='name = "popularity"', items=False), "--set", 'evaluate.history="words"', code=3)
        self.assertIn("[item_text]", silent.stderr)

    def test_evaluate_configuration_compares_models_and_is_cached(self):
        config = self.shop(model='name = "ease"')
        text = config.read_text().replace('[model]\nname = "ease"', '[[models]]\nname = "ease"\n[[models]]\nname = "random"\n')
        config.write_text(text)
        first = self.json("evaluate", config)
        self.assertEqual([r["model"] for r in first["results"]], ["ease", "random"])
        self.assertGreater(first["results"][0]["metrics"]["ndcg@10"]["value"], first["results"][1]["metrics"]["ndcg@10"]["value"])
        self.assertEqual(len(first["comparisons"]), 1)
        self.assertEqual(first, self.json("evaluate", config))
        again = self.json("evaluate", config, "--fresh")
        self.assertEqual(first["results"][0]["metrics"], again["results"][0]["metrics"])

    def test_ensemble_members_are_tables_with_a_weight(self):
        members = '[[model.members]]\nname = "ease"\nl2 = 10\nweight = 2\n[[model.members]]\nname = "markov"\nweight = 0.5\n'
        config = self.shop(model='name = "ensemble"\n' + members)
        result = self.json("evaluate", config)["results"][0]
        self.assertEqual(result["model"], "ensemble")
        self.assertGreater(result["metrics"]["ndcg@10"]["value"], 0)
        config.write_text(config.read_text().replace('"markov"', '"markvo"'))
        self.assertIn('did you mean "markov"?', self.genre("config", "check", config, code=3).stderr)

    def test_other_definitions_and_stored_negatives(self):
        config = self.shop()
        self.json("evaluate", config, "--rankings", "lists.trec", "--judgements", "truth.trec")
        files = ["metrics", "--rankings", "lists.trec", "--judgements", "truth.trec", "--metrics", "ndcg@10,gauc", "--compatible"]
        house, rectools = self.json(*files, "genre"), self.json(*files, "rectools")
        self.assertEqual(rectools["definition"], "rectools")
        self.assertLess(rectools["metrics"]["ndcg@10"], house["metrics"]["ndcg@10"])
        self.assertIn('did you mean "rectools"?', self.genre(*files, "rectool", code=2).stderr)
        sampled = ["--set", 'evaluate.candidates="sampled:5"']
        drawn = self.json("evaluate", config, *sampled, "--negatives", "negatives.tsv")
        self.assertIn("sampled:5", drawn["warnings"][0])
        stored = self.json("evaluate", config, *sampled, "--set", 'evaluate.negatives="negatives.tsv"')
        self.assertEqual(drawn["results"][0]["metrics"], stored["results"][0]["metrics"])
        self.genre("evaluate", config, "--negatives", "again.tsv", code=2)

    def test_trec_files_give_the_same_numbers_through_genre_metrics(self):
        config = self.shop()
        result = self.json("evaluate", config, "--rankings", "lists.trec", "--judgements", "truth.trec")["results"][0]
        again = self.json("metrics", "--rankings", "lists.trec", "--judgements", "truth.trec", "--metrics", "ndcg@10,recall@20,hr@10", "--per-user")
        for name, value in again["metrics"].items():
            self.assertAlmostEqual(value, result["metrics"][name]["value"], places=12)
        self.assertEqual(len(again["users"]), result["users"])

    def test_describe_and_split(self):
        config = self.shop(rows=events() + [("u1", "", 5, 1_700_000_000), ("u1", "i1", "nan", 1_700_000_000)])
        out = self.json("data", "describe", config)
        self.assertEqual((out["users"], out["items"], out["rejected"]), (40, 30, 2))
        self.assertTrue(pathlib.Path(out["rejected_path"]).exists())
        self.assertEqual(out["text"]["items_with_text"], 30)
        parts = self.json("data", "split", config, "--output", self.folder / "parts")
        self.assertEqual(parts["train"] + parts["valid"] + parts["test"], out["interactions"])
        self.assertEqual(len((self.folder / "parts" / "train.tsv").read_text().splitlines()) - 1, parts["train"])

    def test_plan_estimates_memory_without_training(self):
        out = self.json("train", self.shop(), "--plan")
        self.assertGreater(out["estimated_peak_bytes"], 0)
        self.assertFalse((self.folder / "runs").exists())

    def test_init_writes_a_configuration_that_trains(self):
        self.write("log.tsv", "userId\tmovieId\trating\ttimestamp\n" + "".join("\t".join(map(str, row)) + "\n" for row in events()))
        self.genre("init", "--interactions", "log.tsv", "--output", "mine.toml")
        self.genre("config", "check", "mine.toml")
        self.assertIn('positive = "value >= 4"', (self.folder / "mine.toml").read_text())
        ten = "".join(f"{user},{item},{2 * value},{time}\n" for user, item, value, time in events())
        self.write("ten.csv", "user,item,score,time\n" + ten)
        self.genre("init", "--interactions", "ten.csv", "--output", "ten.toml")
        self.assertIn('positive = "value >= 8"', (self.folder / "ten.toml").read_text())
        self.assertTrue((self.folder / self.json("train", "mine.toml")["run"]).exists())
        self.genre("init", "--interactions", "log.tsv", "--output", "mine.toml", code=2)

    def test_models_lists_names_and_parameters(self):
        names = [m["name"] for m in self.json("models")["models"]]
        for name in ["random", "popularity", "item_knn", "ease", "lm_content", "hybrid_ease", "cascade"]:
            self.assertIn(name, names)
            self.assertEqual(self.json("models", name)["name"], name)
            shown = self.genre("models", name).stdout
            self.assertEqual(tomllib.loads(shown[shown.index("[model]"):])["model"]["name"], name)  # to paste as it is
        self.assertIn("did you mean", self.genre("models", "eas", code=3).stderr)

    def test_same_seed_same_artifact(self):
        config = self.shop(model='name = "random"')
        weights = [(self.folder / self.json("train", config, "--run", f"run{i}")["run"] / "artifact" / "weights.safetensors").read_bytes() for i in range(2)]
        self.assertEqual(weights[0], weights[1])


class BadData(Case):
    def fails(self, code, *parts, **options):
        done = self.genre("train", self.shop(**options), code=code)
        for part in parts:
            self.assertIn(part, done.stderr)
        self.assertRegex(done.stderr, r"(?m)^hint: .+", "an error says what to do next")
        self.assertFalse((self.folder / "runs").exists(), "nothing is half written")

    def test_missing_data_file(self):
        config = self.shop()
        (self.folder / "events.csv").unlink()
        self.assertIn("events.csv", self.genre("train", config, code=5).stderr)

    def test_wrong_delimiter(self):
        config = self.shop()
        config.write_text(config.read_text().replace('path = "events.csv"', 'path = "events.csv"\ndelimiter = ";"', 1))
        done = self.genre("train", config, code=(3, 4))
        self.assertIn("delimiter", done.stderr)

    def test_header_that_is_not_there(self):
        done = self.genre("train", self.shop(header=""), code=4)
        self.assertIn("header", done.stderr)

    def test_empty_data(self):
        self.fails(4, rows=[])

    def test_one_user(self):
        self.fails(4, "user", rows=[("u1", f"i{i}", 5, 1_700_000_000 + i) for i in range(9)])

    def test_mostly_broken_rows(self):
        self.fails(4, rows=[("u1", "i1", "inf", "yesterday")] * 50 + events()[:10])

    def test_non_utf8_bytes_are_rejected_and_counted(self):
        config = self.shop()
        with open(self.folder / "events.csv", "ab") as file:
            file.write(b"u\xff\xfe,i1,5,1700000000\n")
        self.assertEqual(self.json("data", "describe", config)["rejected"], 1)

    def test_ids_may_be_huge_numbers(self):
        out = self.json("data", "describe", self.shop(rows=events() + [("99999999999999999999", "i1", 5, 1_700_000_000), ("u1", "4000000000", 5, 1_700_000_001)]))
        self.assertEqual((out["users"], out["items"]), (41, 31))


class BrokenArtifact(Case):
    def test_every_truncated_file_is_named(self):
        run = self.train()
        for path in sorted((run / "artifact").iterdir()):
            good = path.read_bytes()
            path.write_bytes(good[: len(good) // 2])
            done = self.genre("recommend", run, "--user", "u0", code=(3, 4))
            self.assertIn(path.name, done.stderr)
            path.write_bytes(good)
        self.genre("recommend", run, "--user", "u0")

    def test_broken_language_model_is_named(self):
        model = self.folder / "model"
        model.mkdir()
        (model / "config.json").write_text("{}")
        done = self.genre("lm", "info", "--model", model, code=(4, 5))
        self.assertIn("model", done.stderr)
        self.assertIn("all-MiniLM-L6-v2", self.genre("lm", "info", "--model", "all-MiniLM-L6-v1", code=5).stderr)


class Interrupt(Case):
    def test_ctrl_c_leaves_no_broken_artifact(self):
        stream = random.Random(2)
        rows = [(f"u{stream.randrange(2000)}", f"i{stream.randrange(2500)}", 5, 1_700_000_000 + n) for n in range(60000)]
        config = self.shop(rows=rows, items=False)
        for delay in (0.05, 0.3, 0.8, 1.5):
            process = subprocess.Popen([case.GENRE, "train", str(config), "--run", "interrupted"], cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            time.sleep(delay)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=120)
            artifact = self.folder / "interrupted" / "artifact"
            if process.returncode == 0:  # it was done before the signal came
                self.genre("recommend", "interrupted", "--user", "u1")
                break
            self.assertIn(process.returncode, (130, -signal.SIGINT), errors)
            self.assertFalse(artifact.exists())
            self.assertEqual([p.name for p in self.folder.rglob("*.tmp-*")], [])


if __name__ == "__main__":
    case.run()
