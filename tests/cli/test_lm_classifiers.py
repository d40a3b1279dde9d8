"""Cross-encoders and classifiers on the command line, with the small models of the golden files."""
import json
import struct

import case
import small_encoder
from case import Case


class Classifiers(Case):
    def setUp(self):
        super().setUp()
        self.golden = json.loads((case.SOURCE / "tests" / "golden" / "encoder_architectures.json").read_text())
        raw = (case.SOURCE / "tests" / "golden" / "encoder_architectures.safetensors").read_bytes()
        size = struct.unpack("<Q", raw[:8])[0]
        self.header, self.data = json.loads(raw[8:8 + size]), raw[8 + size:]

    def output(self, name):
        begin, end = self.header[name]["data_offsets"]
        return struct.unpack(f"<{(end - begin) // 4}f", self.data[begin:end])

    def model(self, name):
        return small_encoder.write(self.folder / name, self.golden, self.golden["heads"]["models"][name])

    def test_rank_sorts_texts_by_the_scores_of_the_reference(self):
        model, texts = self.model("scorer"), self.golden["texts"]
        query = self.golden["heads"]["pairs"][0][0]
        golden = self.output("scorer/scores")[:len(texts)]
        out = self.json("lm", "rank", "--model", model, "--query", query, stdin="".join(text + "\n" for text in texts))
        self.assertEqual(out["schema"], "genre.lm.rank/1")
        self.assertEqual([row["line"] - 1 for row in out["results"]], sorted(range(len(texts)), key=lambda i: -golden[i]))
        for row in out["results"]:
            self.assertAlmostEqual(row["score"], golden[row["line"] - 1], delta=1e-5)
            self.assertEqual(row["text"], texts[row["line"] - 1])
        plain = self.genre("lm", "rank", "--model", model, "--query", query, "-k", 2, stdin="".join(text + "\n" for text in texts)).stdout
        self.assertEqual([line.split("\t")[1] for line in plain.splitlines()], [row["text"] for row in out["results"][:2]])

    def test_rank_and_classify_take_a_precision(self):
        scorer, labels, text = self.model("scorer"), self.model("labels"), self.golden["texts"][0] + "\n"
        scores = {p: self.json("lm", "rank", "--model", scorer, "--query", "red", "--precision", p, stdin=text)["results"][0]["score"] for p in ("fp32", "bf16", "int8")}
        self.assertEqual(len(set(scores.values())), 3)
        self.assertLess(max(scores.values()) - min(scores.values()), 0.05)
        lines = {self.genre("lm", "classify", "--model", labels, "--precision", p, stdin=text).stdout for p in ("fp32", "bf16", "int8")}
        self.assertEqual(len(lines), 3)
        self.genre("lm", "rank", "--model", scorer, "--query", "red", "--precision", "fp8", stdin=text, code=2)

    def test_classify_writes_label_and_probabilities_of_each_line(self):
        texts, golden = self.golden["texts"], self.output("labels/probabilities")
        lines = self.genre("lm", "classify", "--model", self.model("labels"), stdin="".join(text + "\n" for text in texts)).stdout.splitlines()
        self.assertEqual(len(lines), len(texts))
        for i, line in enumerate(map(json.loads, lines)):
            self.assertEqual(list(line["probabilities"]), ["bad", "fair", "good"])
            for value, wanted in zip(line["probabilities"].values(), golden[3 * i:3 * i + 3]):
                self.assertAlmostEqual(value, wanted, delta=1e-5)
            self.assertEqual(line["label"], max(line["probabilities"], key=line["probabilities"].get))

    def test_a_model_of_the_wrong_kind_is_refused_with_the_way_out(self):
        self.assertIn("genre lm classify", self.genre("lm", "rank", "--model", self.model("labels"), "--query", "a", stdin="b\n", code=4).stderr)
        folder = self.model("scorer")
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, "model_type": "deberta-v2"}))
        self.assertIn("modernbert", self.genre("lm", "rank", "--model", folder, "--query", "a", stdin="b\n", code=4).stderr)


if __name__ == "__main__":
    case.run()
