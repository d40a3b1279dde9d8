"""What the tests of the program share: a folder of its own a test, a small shop, the program run and its answer read."""
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.request

GENRE = None
SOURCE = None


def events(users=40, items=30, seed=1):
    """Two tastes with times, values and a few dislikes: user, item, value, time."""
    stream = random.Random(seed)
    rows = []
    for user in range(users):
        liked = range(0, items // 2) if user % 2 == 0 else range(items // 2, items)
        for n, item in enumerate(stream.sample(list(liked), 10)):
            rows.append((f"u{user}", f"i{item}", stream.choice([4, 5]), 1_700_000_000 + user * 7 + n * 1000))
        rows.append((f"u{user}", f"i{stream.randrange(items)}", 1, 1_700_000_000 + user * 7 + 99_999))
    return rows


class Case(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name)
        self.environment = {**{k: v for k, v in os.environ.items() if not k.startswith("GENRE_")}, "GENRE_CACHE": str(self.folder / "cache")}

    def tearDown(self):
        self.temporary.cleanup()

    def genre(self, *arguments, code=0, stdin="", env=None, timeout=300):
        done = subprocess.run([GENRE, *map(str, arguments)], capture_output=True, text=True, input=stdin, cwd=self.folder, env={**self.environment, **(env or {})}, timeout=timeout)
        self.assertIn(done.returncode, code if isinstance(code, tuple) else (code,), f"genre {arguments}\n{done.stdout}\n{done.stderr}")
        return done

    def json(self, *arguments, code=0, **options):
        done = self.genre(*arguments, "--json", code=code, **options)
        return json.loads(done.stdout)

    def write(self, name, text):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def shop(self, rows=None, header="user,item,value,time\n", model='name = "ease"\nl2 = 10.0', extra="", items=True):
        """A configuration over a CSV file; returns its path."""
        rows = events() if rows is None else rows
        self.write("events.csv", header + "".join(",".join(map(str, row)) + "\n" for row in rows))
        self.write("items.csv", "id,title,year\n" + "".join(f"i{i},Thing number {i},{1990 + i}\n" for i in range(30)))
        source = '[[data.items]]\npath = "items.csv"\ncolumns = { id = "id", title = "title", year = "year" }\n' if items else ""
        return self.write("shop.toml", f'''seed = 3
[data]
name = "shop"
[[data.interactions]]
path = "events.csv"
columns = {{ user = "user", item = "item", value = "value", time = "time" }}
type = "rating"
{source}[data.events.rating]
positive = "value >= 4"
[lm]
model = "none"
[model]
{model}
{extra}
''')

    def train(self, **options):
        config = self.shop(**options)
        return self.folder / self.json("train", config)["run"]

    def start(self, run, *settings):
        process = subprocess.Popen([GENRE, "serve", str(run), "--set", "serve.port=0", *settings], cwd=self.folder, env=self.environment, stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            found = re.search(r"listening on (http://\S+)", line)
            if found:
                return process, found.group(1)
        self.fail("no address was printed")

    def call(self, url, body=None, method=None):
        request = urllib.request.Request(url, data=None if body is None else json.dumps(body).encode(), headers={"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())


def run():
    """Runs the calling file's tests. Usage: test_*.py GENRE SOURCE_DIR [unittest args]."""
    global GENRE, SOURCE
    GENRE, SOURCE = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
