"""What `genre evaluate` puts together: folds, seeds, and published values beside ours."""
import re
import statistics

import case
from case import Case


class Comparisons(Case):
    def compared(self, *models, extra=""):
        """The shop with [[models]] tables in place of [model]."""
        config = self.shop(model="", extra=extra)
        tables = "".join(f"[[models]]\n{model}\n" for model in models)
        config.write_text(config.read_text().replace("[model]\n", tables))
        return config

    def value(self, result, metric="ndcg@10"):
        return result["metrics"][metric]["value"]


class Published(Comparisons):
    def setUp(self):
        super().setUp()
        self.config = self.compared('name = "random"', 'name = "ease"\nl2 = 10\npublished = { "ndcg@10" = 0.25, "hr@10" = 0.5 }', extra='[evaluate]\nmetrics = ["ndcg@10", "hr@10", "recall@5"]\npublished_source = "A & B, table 2"')

    def test_values_stand_beside_ours(self):
        answer = self.json("evaluate", self.config)
        random, ease = answer["results"]
        self.assertNotIn("published", random)
        self.assertEqual(ease["published"], {"ndcg@10": 0.25, "hr@10": 0.5})
        self.assertEqual(answer["published_source"], "A & B, table 2")
        difference = f"{self.value(ease) - 0.25:+.4f}"
        text = self.genre("evaluate", self.config).stdout
        self.assertRegex(text, r"\n  published +0\.2500 +0\.5000 +–\n  difference +" + re.escape(difference))
        self.assertIn("\npublished: A & B, table 2\n", text)
        markdown = self.genre("evaluate", self.config, "--table", "markdown").stdout
        self.assertIn("\n| published | 0.2500 | 0.5000 | – |\n| difference | " + difference, markdown)
        head, random_row, ease_row = self.genre("evaluate", self.config, "--table", "csv").stdout.splitlines()
        at = head.split(",").index("ndcg@10_published")
        self.assertEqual((random_row.split(",")[at], ease_row.split(",")[at]), ("", "0.25"))
        latex = self.genre("evaluate", self.config, "--table", "latex").stdout
        self.assertIn("\\quad published & 0.2500 & 0.5000 & -- \\\\", latex)
        self.assertIn("Published: A \\& B, table 2.", latex)

    def test_the_report_has_them(self):
        self.genre("evaluate", self.config, "--report", "report")
        page = (self.folder / "report" / "report.html").read_text()
        self.assertIn("Beside published values", page)
        self.assertIn("A &amp; B, table 2", page)

    def test_they_change_neither_digest_nor_cache(self):
        digest = self.json("config", "check", self.config)["digest"]
        self.json("evaluate", self.config)
        self.config.write_text(self.config.read_text().replace("0.25", "0.3125"))
        self.assertEqual(digest, self.json("config", "check", self.config)["digest"])
        again = self.genre("evaluate", self.config)
        self.assertIn("the same evaluation was made before", again.stderr)
        self.assertRegex(again.stdout, r"\n  published +0\.3125 ")

    def test_values_that_nothing_stands_beside_are_refused(self):
        self.config.write_text(self.config.read_text().replace('"hr@10" = 0.5', '"hr@20" = 0.5'))
        for verb in (["evaluate"], ["config", "check"]):
            failed = self.genre(*verb, self.config, code=3).stderr
            self.assertIn("'models[1].published.hr@20' is a value of ease for a metric that is not evaluated", failed)
            self.assertIn("evaluated are ndcg@10, hr@10, recall@5", failed)
        self.config.write_text(self.config.read_text().replace('"hr@20" = 0.5', '"hr@10" = nan'))
        self.assertIn("'models[1].published.hr@10' is nan", self.genre("config", "check", self.config, code=3).stderr)


class Repeated(Comparisons):
    folds = 'kind = "k_fold"\nfolds = 3\n'

    def test_all_folds_are_those_evaluated_one_by_one(self):
        config = self.compared('name = "ease"\nl2 = 10', 'name = "popularity"', extra=f"[data.split]\n{self.folds}")
        answer = self.json("evaluate", config, "--all-folds")
        self.assertEqual(answer["repetitions"], ["fold 0", "fold 1", "fold 2"])
        self.assertEqual(len(answer["comparisons"]), 1)
        alone = [self.json("evaluate", config, "--set", f"data.split.fold={fold}") for fold in range(3)]
        for m, result in enumerate(answer["results"]):
            for metric, repeated in result["repetitions"].items():
                values = [self.value(one["results"][m], metric) for one in alone]
                self.assertEqual(repeated["values"], values)
                self.assertAlmostEqual(repeated["mean"], statistics.mean(values), 12)
                self.assertAlmostEqual(repeated["deviation"], statistics.stdev(values), 12)
            self.assertGreaterEqual(result["users"], max(one["results"][m]["users"] for one in alone))
            self.assertLessEqual(result["metrics"]["ndcg@10"]["low"], self.value(result))
        again = self.genre("evaluate", config, "--set", "data.split.fold=2", "--all-folds")
        self.assertIn("the same evaluation was made before", again.stderr)
        self.assertRegex(again.stdout, r"\n  mean of 3 .*\n  standard deviation .*\n  fold 0 .*\n  fold 1 .*\n  fold 2 ")

    def test_the_pooled_value_is_the_mean_over_users(self):
        config = self.shop(model='name = "ease"\nl2 = 10', extra=f"[data.split]\n{self.folds}[evaluate]\nmetrics = [\"ndcg@10\"]")
        of_user = {}
        for fold in range(3):
            self.genre("evaluate", config, "--set", f"data.split.fold={fold}", "--rankings", f"{fold}.trec", "--judgements", f"{fold}.qrels")
            answer = self.json("metrics", "--rankings", f"{fold}.trec", "--judgements", f"{fold}.qrels", "--metrics", "ndcg@10", "--per-user")
            for user, values in answer["users"].items():
                of_user.setdefault(user, []).append(values["ndcg@10"])
        result = self.json("evaluate", config, "--all-folds")["results"][0]
        self.assertEqual(result["users"], len(of_user))
        self.assertAlmostEqual(self.value(result), statistics.mean(statistics.mean(values) for values in of_user.values()), 6)

    def test_seeds_train_again_on_the_same_split(self):
        config = self.compared('name = "random"', 'name = "popularity"')
        answer = self.json("evaluate", config, "--seeds", "3")
        self.assertEqual(answer["repetitions"], ["seed 3", "seed 4", "seed 5"])
        random, popularity = answer["results"]
        self.assertGreater(random["repetitions"]["ndcg@10"]["deviation"], 0)
        self.assertEqual(popularity["repetitions"]["ndcg@10"]["deviation"], 0)
        for s, seed in enumerate([3, 4, 5]):  # the temporal split reads no seed
            self.assertEqual(random["repetitions"]["ndcg@10"]["values"][s], self.value(self.json("evaluate", config, "--set", f"seed={seed}")["results"][0]))
        self.assertAlmostEqual(self.value(random), random["repetitions"]["ndcg@10"]["mean"], 12)
        configured = self.json("evaluate", config, "--set", "evaluate.seeds=3")
        self.assertEqual(answer, configured)

    def test_folds_and_seeds_together_and_the_report(self):
        config = self.compared('name = "random"', extra=f"[data.split]\n{self.folds}")
        answer = self.json("evaluate", config, "--all-folds", "--seeds", "2", "--report", "report")
        self.assertEqual(len(answer["repetitions"]), 6)
        self.assertEqual(len(answer["results"][0]["repetitions"]["hr@10"]["values"]), 6)
        page = (self.folder / "report" / "report.html").read_text()
        self.assertIn("fold 2, seed 4", page)

    def test_what_does_not_go_together_is_refused(self):
        config = self.shop()
        self.assertIn("k_fold", self.genre("evaluate", config, "--all-folds", code=3).stderr)
        self.genre("config", "check", config, "--set", "evaluate.all_folds=true", code=3)
        self.genre("evaluate", config, "--seeds", "0", code=2)
        self.genre("evaluate", config, "--seeds", "2", "--rankings", "lists.trec", code=2)
        run = self.folder / self.json("train", config)["run"]
        self.assertIn("trained already", self.genre("evaluate", run, "--seeds", "2", code=2).stderr)



class StartedFromARun(Case):
    """A model that goes on from another run."""
    MODEL = 'name = "sasrec"\nfactors = 8\nheads = 2\ninner = 8\nlayers = 1\nlength = 8\nbatch = 8\nlearning_rate = 0.01\nepochs = '

    def setUp(self):
        super().setUp()
        self.genre("train", self.shop(model=self.MODEL + "8"), "--run", "before")

    def on(self, epochs, more=""):
        return self.shop(model=self.MODEL + f'{epochs}\nstart = "before"\n{more}')

    def lists(self, run):
        return [self.json("recommend", run, "--history", history)["items"] for history in ("i1,i2", "i7,i3,i9")]

    def test_no_epochs_keep_the_model(self):
        self.genre("train", self.on(0), "--run", "after")
        for was, item in zip(sum(self.lists("before"), []), sum(self.lists("after"), [])):
            self.assertEqual(was["item"], item["item"])
            self.assertAlmostEqual(was["score"], item["score"], places=3)

    def test_an_evaluation_is_made_again_when_the_start_changes(self):
        config = self.on(0)
        first = self.json("evaluate", config)["results"][0]["metrics"]
        self.assertIn("the same evaluation was made before", self.genre("evaluate", config).stderr)
        self.genre("train", self.shop(model=self.MODEL + "1"), "--run", "other")
        (self.folder / "before").rename(self.folder / "first")
        (self.folder / "other").rename(self.folder / "before")
        config = self.on(0)
        self.assertNotIn("was made before", self.genre("evaluate", config).stderr)
        self.assertNotEqual(first, self.json("evaluate", config)["results"][0]["metrics"])

    def test_what_cannot_be_a_start_is_refused(self):
        wider = self.shop(model=self.MODEL.replace("factors = 8", "factors = 16") + '1\nstart = "before"')
        self.assertIn("the model to start from has positions.weight of 8 x 8, this one of 8 x 16", self.genre("train", wider, code=3).stderr)
        self.assertIn("to start from", self.genre("evaluate", self.shop(model=self.MODEL + '1\nstart = "nowhere"'), code=5).stderr)
        self.assertIn("nothing would be learnt", self.genre("train", self.shop(model=self.MODEL + "0"), code=3).stderr)


if __name__ == "__main__":
    case.run()
