"""Pruned models and adapters on the command line, with the small models of the golden files."""
import json
import shutil
import struct

import case
import small_decoder
import small_encoder
from case import Case

TEXTS = ["red lipstick", "a robot movie", "the drama of love and war, nightcreams!", "shampooing 42 times a night?",
         "blue cream", "a red robot", "war movie", "love of shampoo", "the night", "query: a drama"]


def vectors(path):
    raw = path.read_bytes()
    size = struct.unpack("<H", raw[8:10])[0]
    return struct.unpack(f"<{(len(raw) - 10 - size) // 4}f", raw[10 + size:])


class Pruning(Case):
    def setUp(self):
        super().setUp()
        self.golden = json.loads((case.SOURCE / "tests" / "golden" / "encoder_architectures.json").read_text())
        self.model = small_encoder.write(self.folder / "model", self.golden, self.golden["architectures"]["bert"])
        self.texts = self.write("texts.txt", "".join(text + "\n" for text in TEXTS))

    def prune(self, *arguments, **options):
        return self.json("lm", "prune", "--model", self.model, "--texts", self.texts, "--output", self.folder / "small", *arguments, **options)

    def embed(self, model, *arguments):
        out = self.folder / "vectors.npy"
        self.genre("lm", "embed", "--model", model, "--input", self.texts, "--output", out, *arguments)
        return vectors(out)

    def test_layers_heads_and_units_go_and_the_rest_loads(self):
        out = self.prune("--layers", 1, "--heads", 1, "--ffn", 16)
        self.assertEqual(out["schema"], "genre.lm.prune/1")
        self.assertEqual([out["after"][key] for key in ("layers", "heads", "feed_forward")], [1, 1, 16])
        self.assertLess(out["after"]["parameters"], out["before"]["parameters"])
        self.assertEqual(len(out["left_out"]), 1)
        self.assertEqual(out["held_out"]["texts"], 2)
        self.assertLessEqual(out["held_out"]["worst_cosine"], out["held_out"]["mean_cosine"])
        self.assertEqual(len(self.embed(self.folder / "small")), 32 * len(TEXTS))
        config = json.loads((self.folder / "small" / "config.json").read_text())
        self.assertEqual(len(config["pruned_heads"]["0"]), 1)

    def test_a_vocabulary_is_trimmed_without_a_trace_in_the_vectors(self):
        out = self.json("lm", "prune", "--model", self.model, "--vocabulary", self.texts, "--output", self.folder / "small")
        self.assertLess(out["after"]["vocabulary"], out["before"]["vocabulary"])
        self.assertEqual(self.embed(self.folder / "small"), self.embed(self.model))

    def test_sparse_and_low_rank_weights_take_fewer_bytes(self):
        for arguments in (["--sparse", "2:4"], ["--sparse", "block", "--density", 0.4], ["--rank", 4]):
            with self.subTest(arguments=arguments):
                out = self.prune(*arguments)
                self.assertLess(out["weight_bytes"]["after"], 0.7 * out["weight_bytes"]["before"])
                self.assertGreater(out["texts_per_second"]["after"], 0)
                self.assertEqual(len(self.embed(self.folder / "small")), 32 * len(TEXTS))
                self.genre("lm", "prune", "--model", self.folder / "small", "--texts", self.texts, "--output", self.folder / "again", "--layers", 1, code=4)
                for path in (self.folder / "small").iterdir():
                    path.unlink()

    def test_a_decoder_loses_layers_and_nothing_else(self):
        decoder = small_decoder.write(self.folder / "decoder")
        arguments = ("lm", "prune", "--model", decoder, "--texts", self.texts, "--output", self.folder / "small")
        self.assertIn("heads of decoders", self.genre(*arguments, "--heads", 1, code=3).stderr)
        self.assertIn("decoders", self.genre(*arguments, "--sparse", "2:4", code=3).stderr)
        out = self.json(*arguments, "--layers", 1)
        self.assertEqual(out["after"]["layers"], 1)
        self.assertGreater(out["held_out"]["mean_kl"], 0)
        self.assertNotEqual(out["held_out"]["perplexity_before"], out["held_out"]["perplexity_after"])
        self.genre("lm", "generate", "--model", self.folder / "small", "--prompt", "a", "--max-tokens", 3, "--precision", "fp32")

    def test_what_cannot_be_done_is_said(self):
        self.assertIn("nothing is to be pruned", self.genre("lm", "prune", "--model", self.model, "--texts", self.texts, "--output", "x", code=2).stderr)
        self.assertIn("no texts", self.genre("lm", "prune", "--model", self.model, "--layers", 1, "--output", "x", code=2).stderr)
        self.assertIn("two runs", self.genre("lm", "prune", "--model", self.model, "--texts", self.texts, "--layers", 1, "--rank", 2, "--output", "x", code=2).stderr)
        few = self.write("few.txt", "a\nb\n")
        self.assertIn("fewer than 8", self.genre("lm", "prune", "--model", self.model, "--texts", few, "--layers", 1, "--output", "x", code=4).stderr)

    def test_an_adapter_stands_beside_the_weights(self):
        golden = json.loads((case.SOURCE / "tests" / "golden" / "lora.json").read_text())["models"]["bert"]["adapters"]["all"]
        adapter = self.folder / "adapter"
        adapter.mkdir()
        (adapter / "adapter_config.json").write_text(json.dumps(golden["config"]))
        small_encoder.write_safetensors(adapter / "adapter_model.safetensors", golden["tensors"])
        plain, adapted = self.embed(self.model), self.embed(self.model, "--adapter", adapter)
        error = self.json("lm", "embed", "--model", self.model, "--input", "texts.txt", "--output", "v.npy", "--adapter", "taste", code=5)["error"]
        self.assertIn("there is no adapter 'taste'", error["message"])
        named = self.model / "adapters" / "taste"
        shutil.copytree(adapter, named)
        self.assertEqual(self.embed(self.model, "--adapter", "taste"), adapted)
        error = self.json("lm", "embed", "--model", self.model, "--input", "texts.txt", "--output", "v.npy", "--adapter", "other", code=5)["error"]
        self.assertIn("one of the model's: taste", error["hint"])
        shutil.rmtree(named.parent)
        self.assertGreater(max(abs(a - b) for a, b in zip(plain, adapted)), 0.1)
        decoder = small_decoder.write(self.folder / "decoder")
        for verb in (["generate", "--prompt", "a"], ["embed", "--input", self.texts, "--output", "x.npy"]):
            done = self.genre("lm", verb[0], "--model", decoder, *verb[1:], "--adapter", adapter, code=4)
            self.assertIn("the model does not have", done.stderr)
            self.assertIn("a small model", done.stderr)


if __name__ == "__main__":
    case.run()
