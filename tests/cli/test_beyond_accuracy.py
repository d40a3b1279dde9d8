"""What `genre evaluate` says beyond accuracy: in JSON, as text, in the report."""
import case
from case import Case

EXTRA = """
[[data.users]]
path = "users.csv"
columns = { id = "id", gender = "gender", age = "age" }
[evaluate]
user_groups = ["gender", "age"]
item_groups = ["kind"]
"""


class BeyondAccuracy(Case):
    def shop_with_fields(self, extra=EXTRA):
        config = self.shop(extra=extra)
        kinds = ["toys|wood", "toys", "books"]
        self.write("items.csv", "id,title,year,kind\n" + "".join(f"i{i},Thing {i},{1990 + i},{kinds[i % 3] if i else ''}\n" for i in range(30)))
        config.write_text(config.read_text().replace('year = "year" }', 'year = "year", kind = "kind" }'))
        self.write("users.csv", "id,gender,age\n" + "".join(f"u{u},{'FM'[u % 2]},{18 + u}\n" for u in range(40)))
        return config

    def test_lists_groups_and_exposure_are_measured(self):
        config = self.shop_with_fields()
        result = self.json("evaluate", config, "--set", 'evaluate.metrics=["precision@5", "ndcg@5"]', "--set", 'data.split.kind="user_ratio"', "--set", "data.split.ratio=[0.6, 0.1, 0.3]")["results"][0]
        beyond = result["beyond_accuracy"]
        self.assertEqual(beyond["k"], 5)
        self.assertEqual(beyond["intra_list_diversity"]["similarity"], "Jaccard of kind")
        self.assertEqual(beyond["calibration"]["field"], "kind")
        for name in ["intra_list_diversity", "serendipity", "calibration"]:
            self.assertLessEqual(beyond[name]["low"], beyond[name]["value"], name)
            self.assertLessEqual(beyond[name]["value"], beyond[name]["high"], name)
        self.assertLessEqual(beyond["serendipity"]["value"], result["metrics"]["precision@5"]["value"] + 1e-12)
        self.assertEqual(set(beyond["exposure"]), {"popularity", "kind"})
        self.assertEqual([g["group"] for g in beyond["exposure"]["kind"]], ["books", "toys", "wood", ""])
        for groups in beyond["exposure"].values():
            for share in ["items", "exposure", "relevance"]:
                self.assertAlmostEqual(sum(g[share] for g in groups), 1, places=9)
        gender = result["user_groups"]["gender"]
        self.assertEqual([g["group"] for g in gender["groups"]], ["F", "M"])
        users = sum(g["users"] for g in gender["groups"])
        self.assertEqual(users, result["users"])
        mean = sum(g["users"] * g["metrics"]["ndcg@5"]["value"] for g in gender["groups"]) / users
        self.assertAlmostEqual(mean, result["metrics"]["ndcg@5"]["value"], places=9)
        self.assertEqual([g["group"] for g in result["user_groups"]["age"]["groups"]], ["18–27", "28–37", "38–47", "48–57"])
        gap = gender["gaps"]["ndcg@5"]
        values = {g["group"]: g["metrics"]["ndcg@5"]["value"] for g in gender["groups"]}
        self.assertAlmostEqual(gap["gap"], values[gap["highest"]] - values[gap["lowest"]], places=12)
        self.assertGreater(gap["p"], 0)
        self.assertEqual(result["user_groups"]["age"]["gaps"], {}, "ten users are too few")

    def test_text_and_report_show_them(self):
        config = self.shop_with_fields()
        text = self.genre("evaluate", config, "--report", "report").stdout
        self.assertIn("diversity by Jaccard of kind, calibration by kind", text)
        page = (self.folder / "report" / "report.html").read_text()
        for title in ["Inside lists, at 20", "Exposure by popularity", "Exposure by kind", "Users by gender, ndcg@10"]:
            self.assertIn(title, page)
        self.assertNotIn("beyond accuracy", self.genre("evaluate", config, "--table", "csv").stdout)

    def test_unknown_fields_are_named_with_the_nearest(self):
        config = self.shop_with_fields()
        for key, value, hint in [("user_groups", '["gendre"]', "'gender'"), ("item_groups", '["knid"]', "'kind'"), ("calibration_field", '"knid"', "'kind'"), ("similarity", '"vectors"', "[item_vectors]")]:
            error = self.json("evaluate", config, "--set", f"evaluate.{key}={value}", code=3)["error"]
            self.assertEqual(error["key"], f"evaluate.{key}")
            self.assertIn(hint, error["hint"])


if __name__ == "__main__":
    case.run()
