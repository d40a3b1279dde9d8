#!/usr/bin/env python3
"""Writes decoder_training.json beside this script: the loss of two sequences of the small decoders of decoder_tiny.json, the next
token being predicted everywhere, and the gradient of every tensor, by transformers in fp32.

Of a gradient the file holds its norm and its product with the numbers that weights() of small_models.py gives
for the tensor's name behind "probe ". Needs: pip install torch transformers sentence-transformers.
Run: python3 tests/golden/make_decoder_training_golden.py
"""
import json
import pathlib

import torch

from make_decoder_golden import TINY, VERSIONS, tiny_model
from small_models import weights

SHORT = 13  # tokens of the second sequence, the beginning of the first


def run(config):
    model, _ = tiny_model(config)
    for value in model.parameters():
        value.requires_grad_(True)
    ids = [(i * 37 + i * i * 11 + 5) % config.vocab_size for i in range(40)]
    losses = []
    for one in (ids, ids[:SHORT]):
        logits = model(torch.tensor([one])).logits[0, :-1]
        losses.append(torch.nn.functional.cross_entropy(logits, torch.tensor(one[1:]), reduction="none"))
    loss = torch.cat(losses).mean()
    loss.backward()
    gradients = {}
    for tensor, value in model.named_parameters():
        probe = torch.from_numpy(weights("probe " + tensor, list(value.shape)))
        gradients[tensor] = [value.grad.norm().item(), (value.grad * probe).sum().item()]
    return {"loss": loss.item(), "gradients": gradients}


def main():
    torch.set_num_threads(1)
    golden = {**VERSIONS, "made_by": "tests/golden/make_decoder_training_golden.py", "short": SHORT,
              "models": {name: run(config) for name, config in TINY.items()}}
    pathlib.Path(__file__).with_name("decoder_training.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
