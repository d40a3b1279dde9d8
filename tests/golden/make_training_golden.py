#!/usr/bin/env python3
"""Writes training_step.json beside this script: the loss of one batch and the gradient of every tensor, by transformers in fp32
without dropout, of small classifiers of every encoder architecture that genre-trainer trains.

Of a gradient the file holds its norm and its product with the numbers that weights() gives for the tensor's name behind "probe ".
Needs and weights as small_models.py. Run: python3 tests/golden/make_training_golden.py
"""
import json
import pathlib

import torch
import transformers
from transformers import AutoConfig, AutoModelForSequenceClassification

from small_models import CASES, TEXTS, fill, make_tokenizer, weights

NAMES = ["bert", "bert-tanh-gelu", "roberta", "xlm-roberta", "electra", "distilbert", "modernbert", "modernbert-biases"]
LABELS = [2, 0, 1, 2]  # of the texts that are not empty, in bytewise order


def run_case(name):
    kind, settings, _ = CASES[name]
    config = AutoConfig.for_model(kind, **{**settings, "num_labels": 3, "problem_type": "single_label_classification"})
    model = AutoModelForSequenceClassification.from_config(config, attn_implementation="eager")
    shapes = fill(model)
    texts = sorted(text for text in TEXTS if text)
    batch = make_tokenizer(40)(texts, padding=True, return_tensors="pt")
    loss = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], labels=torch.tensor(LABELS)).loss
    loss.backward()
    gradients = {}
    for tensor, value in model.named_parameters():
        gradient = torch.zeros_like(value) if value.grad is None else value.grad
        probe = torch.from_numpy(weights("probe " + tensor, list(value.shape)))
        gradients[tensor] = [float(gradient.norm()), float((gradient * probe).sum())]
    return {"config": json.loads(config.to_json_string()), "tensors": shapes, "loss": float(loss), "gradients": gradients}


def main():
    torch.set_num_threads(1)
    golden = {"made_by": "tests/golden/make_training_golden.py", "torch": torch.__version__, "transformers": transformers.__version__,
              "labels": LABELS, "architectures": {name: run_case(name) for name in NAMES}}
    path = pathlib.Path(__file__).with_name("training_step.json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
