"""What `genre evaluate` puts together: published values beside ours."""
import re

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


if __name__ == "__main__":
    case.run()
