"""genre off-policy on made-up logs whose answer is known."""
import random

import case
from case import Case


class OffPolicy(Case):
    def log(self, name="log.csv", rounds=2000, row=None):
        """Even odds of a, b, c, which earn 0.2, 0.5 and 0.8 of the time; the target policy prefers c and is worth 0.65."""
        stream = random.Random(4)
        row = row or (lambda action, reward: f"{action},{reward},0.3333333333,0.1,0.3,0.6")
        lines = []
        for _ in range(rounds):
            action = stream.randrange(3)
            lines.append(row("abc"[action], int(stream.random() < (0.2, 0.5, 0.8)[action])))
        header = "" if name.endswith("jsonl") else "action,reward,propensity,target.a,target.b,target.c\n"
        return self.write(name, header + "\n".join(lines) + "\n")

    def test_all_estimators_stand_beside_the_logged_value(self):
        self.log()
        out = self.json("off-policy", "log.csv")
        self.assertEqual(out["schema"], "genre.off-policy/1")
        self.assertEqual((out["rounds"], out["actions"], out["warnings"]), (2000, 3, []))
        self.assertEqual(list(out["estimators"]), ["ips", "snips", "dm", "dr", "sndr", "switch_dr"])
        for name, interval in out["estimators"].items():
            self.assertAlmostEqual(interval["value"], 0.65, delta=0.04, msg=name)
            self.assertLess(interval["low"], interval["value"])
            self.assertLess(interval["value"], interval["high"])
        self.assertAlmostEqual(out["logged"]["value"], 0.5, delta=0.04)
        self.assertAlmostEqual(out["diagnostics"]["mean_weight"], 1, delta=0.05)
        self.assertIsNone(out["options"]["clip"])
        text = self.genre("off-policy", "log.csv").stdout
        for name in ["logged", "ips", "snips", "dr"]:
            self.assertRegex(text, rf"(?m)^{name} +0\.\d+  \[0\.\d+, 0\.\d+\]$")
        self.assertEqual(out, self.json("off-policy", "log.csv"))
        self.assertNotEqual(out["estimators"], self.json("off-policy", "log.csv", "--seed", "8")["estimators"])

    def test_json_lines_give_the_same_answer(self):
        row = lambda action, reward: '{"action": "%s", "reward": %d, "propensity": 0.3333333333, "target": {"a": 0.1, "b": 0.3, "c": 0.6}}' % (action, reward)
        csv, jsonl = self.json("off-policy", self.log()), self.json("off-policy", self.log("log.jsonl", row=row))
        self.assertEqual(csv["estimators"], jsonl["estimators"])

    def test_clipping_is_said(self):
        out = self.json("off-policy", self.log(), "--clip", "1", "--switch-threshold", "1")
        self.assertTrue(any("clipped" in warning for warning in out["warnings"]))
        self.assertLess(out["estimators"]["ips"]["value"], 0.5)
        self.assertGreater(out["diagnostics"]["switched_share"], 0.2)

    def test_a_run_is_a_target_policy(self):
        run = self.train()
        stream = random.Random(5)
        rows = []
        for _ in range(3000):
            user, item = stream.randrange(40), stream.randrange(30)
            rows.append(f"u{user},i{item},{int((item < 15) == (user % 2 == 0))},0.0333333333\n")
        self.write("log.csv", "user,item,click,propensity\n" + "".join(rows))
        arguments = ["off-policy", "log.csv", "--target", run, "--column", "action=item", "--column", "reward=click"]
        warm, sharp = self.json(*arguments, "--temperature", "100"), self.json(*arguments, "--temperature", "0.1")
        self.assertAlmostEqual(warm["estimators"]["dr"]["value"], warm["logged"]["value"], delta=0.01)
        self.assertGreater(sharp["estimators"]["dr"]["low"], sharp["logged"]["high"])
        self.assertLess(sharp["diagnostics"]["perplexity"], warm["diagnostics"]["perplexity"])
        self.assertTrue(any("already knows" in warning for warning in sharp["warnings"]))
        self.assertIn("even items at temperature 0.1", self.genre(*arguments, "--temperature", "0.1").stdout)
        self.genre(*arguments, "--temperature", "0", code=2)
        self.genre("off-policy", "log.csv", "--target", "absent", code=5)

    def test_faults_name_the_line_and_the_next_step(self):
        self.write("log.csv", "action,reward,propensity,target\na,1,0.5,0.5\na,1,0,0.5\n")
        error = self.json("off-policy", "log.csv", code=4)["error"]
        self.assertEqual((error["code"], error["line"]), ("data", 3))
        self.assertTrue(error["hint"])
        self.write("log.csv", "action,reward,propensity\na,1,0.5\n")
        self.assertIn("--target RUN", self.genre("off-policy", "log.csv", code=2).stderr)
        self.write("log.csv", "action,rewards,propensity,target\na,1,0.5,0.5\n")
        self.assertIn("did you mean 'rewards'?", self.genre("off-policy", "log.csv", code=2).stderr)
        self.assertIn("ROLE=NAME", self.genre("off-policy", "log.csv", "--column", "reward", code=2).stderr)
        self.genre("off-policy", "absent.csv", code=5)
        self.genre("off-policy", "log.csv", "--clip", "many", code=2)
        self.write("log.csv", "action,reward,propensity,target\n" + "a,1,0.5,0\n" * 9)
        self.assertIn("no overlap", self.genre("off-policy", "log.csv", code=4).stderr)


if __name__ == "__main__":
    case.run()
