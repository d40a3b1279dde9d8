"""What a training leaves, in ONNX Runtime: tools/export_onnx.py writes it, and it answers as the runtime does. Runs in .venv with
what `tools/setup exporters` brings."""
import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import case
from taste_case import TasteCase

VENV = pathlib.Path(sys.argv[2]).resolve() / ".venv"


class Onnx(TasteCase):
    texts = ("a robot movie 7", "red lipstick")

    def export(self, model, code=0):
        done = subprocess.run([sys.executable, case.SOURCE / "tools" / "export_onnx.py", model, "model.onnx"], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout) if code == 0 else done.stderr

    def run_onnx(self, model, text):
        """The first output for one text, whose ids come from our tokenizer."""
        import numpy
        import onnxruntime
        ids = numpy.array([json.loads(self.genre("lm", "tokenize", "--model", model, stdin=text + "\n").stdout)], numpy.int64)
        session = onnxruntime.InferenceSession(str(self.folder / "model.onnx"), providers=["CPUExecutionProvider"])
        values = {"input_ids": ids, "attention_mask": numpy.ones_like(ids), "token_type_ids": numpy.zeros_like(ids)}
        return session.run(None, {one.name: values[one.name] for one in session.get_inputs()})[0][0]

    def test_a_trained_classifier_gives_the_probabilities_that_are_served(self):
        import numpy
        self.genre("lm", "finetune", self.config('tune = "lora"'), "--run", "run")
        model = self.folder / "run" / "model"
        said = self.export(model)
        self.assertEqual(said["output"], "logits")
        self.assertLess(said["difference"], 1e-4)
        for text in self.texts:
            logits = self.run_onnx(model, text).astype(numpy.float64)
            wanted = json.loads(self.genre("lm", "classify", "--model", model, stdin=text + "\n").stdout)["probabilities"]
            for found, value in zip(numpy.exp(logits) / numpy.exp(logits).sum(), wanted.values(), strict=True):
                self.assertAlmostEqual(found, value, delta=1e-4)

    def test_an_encoder_of_domain_texts_gives_the_vectors_that_are_served(self):
        import numpy
        self.genre("lm", "finetune", self.config('task = "masked_lm"'), "--run", "run", "--set", "finetune.epochs=1")
        model = self.folder / "run" / "model"
        self.assertEqual(self.export(model)["output"], "states")
        for text in self.texts:
            self.genre("lm", "embed", "--model", model, "--input", self.write("text.txt", text + "\n"), "--output", "v.npy")
            served, states = numpy.load(self.folder / "v.npy")[0], self.run_onnx(model, text)
            pooled = max((states[0], states.mean(0)), key=lambda x: float(x @ served / numpy.linalg.norm(x)))
            self.assertGreater(float(pooled @ served / numpy.linalg.norm(pooled) / numpy.linalg.norm(served)), 1 - 1e-5)

    def test_what_does_not_fit_in_a_file_is_refused_and_leaves_nothing(self):
        (self.folder / "empty").mkdir()
        self.assertIn("there is no config.json", self.export("empty", code=2))
        self.genre("lm", "finetune", self.config('tune = "adapter"'), "--run", "beside", "--set", "finetune.epochs=1")
        self.assertIn("own_adapter", self.export(self.folder / "beside" / "model", code=2))
        self.assertFalse(list(self.folder.glob("*.onnx*")))


if __name__ == "__main__":
    if pathlib.Path(sys.prefix).resolve() != VENV.resolve():
        os.execv(VENV / "bin" / "python", [VENV / "bin" / "python", *sys.argv])
    if importlib.util.find_spec("onnxruntime") is None:
        print("skipped: there is no ONNX Runtime in .venv; 'tools/setup exporters' brings it")
        sys.exit(77)
    case.run()
