"""What every section of the benchmark needs: where things are, how programs are run, what is kept."""
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build" / "benchmark"
GENRE = BUILD / "genre"
PEERS = ROOT / "build" / "peers" / "bin" / "python"
NODE = ROOT / "build" / "peers-node"
RECTOOLS = ROOT / "build" / "peers-rectools" / "bin" / "python"
# Some machines steer OpenBLAS to an old kernel; the peers are measured without that.
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS")}
ENVIRONMENT["PATH"] += f":{ROOT / '.venv' / 'bin'}"  # node, where the machine has none


def run(*command, **options):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, env=options.pop("env", ENVIRONMENT), cwd=ROOT, **options)
    if done.returncode != 0:
        sys.exit(f"error: {' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def json_lines(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def last_json(text):
    return json_lines(text)[-1]


def shared_data(name):
    """A file of the development data beside the checkout, or None with a word on what is left out."""
    path = ROOT.parent / "shared" / "data" / name
    if path.exists():
        return path
    print(f"no {path}: what needs it is left out", file=sys.stderr)
    return None


def build():
    run("cmake", "--preset", "release", "-B", BUILD, "-DGENRE_TESTS=OFF", "-DGENRE_BENCHMARKS=ON")
    run("cmake", "--build", BUILD, "-j", os.cpu_count())
