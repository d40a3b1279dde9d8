"""An STS benchmark file (tab-separated: genre, file, year, id, score, text, text) and the vectors that `genre lm embed` gives."""
import json
import pathlib
import subprocess
import tempfile

import numpy


def embed(genre, texts, *options):
    """Vectors of the lines of `texts`, each of length one, and what the program printed."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "texts.txt").write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
        command = [genre, "lm", "embed", *options, "--input", folder / "texts.txt", "--output", folder / "vectors.npy", "--json"]
        said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        vectors = numpy.load(folder / "vectors.npy").astype(numpy.float64)
    return vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True), said


class Pairs:
    def __init__(self, path):
        rows = [line.split("\t") for line in lines(path)]
        self.scores = numpy.array([float(row[4]) for row in rows])
        self.texts = [text for row in rows for text in (row[5], row[6])]

    def cosines(self, genre, *options):
        vectors, _ = embed(genre, self.texts, *options)
        return (vectors[0::2] * vectors[1::2]).sum(axis=1)


def lines(path):
    return [line for line in pathlib.Path(path).read_text(encoding="utf-8").split("\n") if line.strip()]
