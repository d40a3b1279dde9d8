"""What the README promises: its commands as they stand there, and the demo."""
import os
import pathlib
import re
import signal

import case
from case import Case, events


class Readme(Case):
    """The commands of the README's own-data block, as they stand there."""

    def test_commands_run(self):
        text = (case.SOURCE / "README.md").read_text()
        block = text.split("## Your own data")[1].split("```sh")[1].split("```")[0]
        commands = [line.split("#")[0].split() for line in block.splitlines() if line.strip()]
        self.assertEqual([c[1] for c in commands], ["init", "train", "evaluate", "recommend", "serve"])
        rows = events(users=60)
        self.write("ratings.csv", "userId,movieId,rating,timestamp\n" + "".join(",".join(map(str, (row[0][1:], *row[1:]))) + "\n" for row in rows))
        self.write("films.csv", "movieId,title,year\n" + "".join(f"i{i},{'Space story' if i < 15 else 'Love story'} {i},{1990 + i}\n" for i in range(30)))
        environment = {"GENRE_CACHE": os.environ.get("GENRE_CACHE", os.path.join(os.path.expanduser("~"), ".cache", "genre"))}
        run = None
        for command in commands:
            arguments = [run if word == "RUN" else word for word in command[1:]]
            if command[1] == "train":
                run = self.json(*arguments, env=environment)["run"]
            elif command[1] == "serve":
                self.environment.update(environment)
                process, address = self.start(run)
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=30)
                self.assertEqual(process.returncode, 0)
            else:
                self.assertTrue(self.genre(*arguments, env=environment).stdout)


class Demo(Case):
    def test_whole_pipeline_on_real_data(self):
        environment = {"GENRE_CACHE": os.environ.get("GENRE_CACHE", os.path.join(os.path.expanduser("~"), ".cache", "genre"))}
        out = self.genre("demo", "--output", "runs", env=environment, timeout=1100).stdout  # it trains, and other tests may run beside it
        self.assertIn("943 users, 1682 items, 100000 interactions", out)
        factor = float(re.search(r"lm_content reaches ([0-9.]+) times the NDCG@10 of popularity", out).group(1))
        self.assertGreater(factor, 2)
        self.assertRegex(out, r"hybrid_ease is (level with|above) ease")
        self.assertRegex(out, r"lm_sasrec is (level with|above) sasrec")
        served = ["hybrid_ease", "lm_sasrec"]
        if (pathlib.Path(case.GENRE).parent / "genre-trainer").exists():
            self.assertRegex(out, r"held-out users +accuracy 0\.[4-9]")
            self.assertRegex(out, r"text_classifier is (level with|above) popularity")
            served.append("text_classifier")
        else:
            self.assertIn("left out: genre-trainer is not here", out)
        self.assertEqual(re.findall(r'"strategy":"personalised".*?"model":"(\w+)"', out), served)
        (run,) = (self.folder / "runs").glob("ml-100k-demo-[0-9]*")
        report = (run / "report.html").read_text()
        self.assertIn("Coverage against accuracy", report)
        self.assertEqual(len(list((run / "plots").glob("*.svg"))), 6 * (len(served) + 1))
        self.assertLess(float(re.search(r"peak memory (\d+) MiB", out).group(1)), 1024)


if __name__ == "__main__":
    case.run()
