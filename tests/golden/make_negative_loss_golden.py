#!/usr/bin/env python3
"""Writes negative_loss.safetensors beside this script: losses of states on what was chosen and on items that were drawn, written out in plain
torch in double precision, with their gradients by states and items: bce, gbce (calibration 3/4) and bpr, for one and for five drawn items.

Needs: pip install torch safetensors.
Run: python3 tests/golden/make_negative_loss_golden.py
"""
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn

STATES, ITEMS, WIDTH, CALIBRATION = 6, 12, 40, 0.75  # wider than a panel


def bce(chosen, drawn):
    logits = torch.cat([chosen, drawn], 1)
    labels = torch.zeros_like(logits)
    labels[:, 0] = 1
    return nn.functional.binary_cross_entropy_with_logits(logits, labels, reduction="none").mean(1)


def gbce(chosen, drawn):
    """As Petrov and Macdonald write it: the probability is raised to beta before the logarithm."""
    alpha = drawn.shape[1] / (ITEMS - 1)
    beta = alpha * (CALIBRATION * (1 - 1 / alpha) + 1 / alpha)
    return -(torch.log(torch.sigmoid(chosen) ** beta) + torch.log(1 - torch.sigmoid(drawn)).sum(1, keepdim=True)).squeeze(1) / (1 + drawn.shape[1])


def bpr(chosen, drawn):
    return -nn.functional.logsigmoid(chosen - drawn).mean(1)


torch.manual_seed(7)
states, items = (torch.randn(count, WIDTH) / 3 for count in (STATES, ITEMS))
tensors = {"states": states, "items": items}
for drawn in (1, 5):
    choices = torch.randint(ITEMS, (STATES, 1 + drawn))
    tensors[f"{drawn}/choices"] = choices.int()
    for loss in (bce, gbce, bpr):
        x, y = states.double().requires_grad_(), items.double().requires_grad_()
        logits = (x[:, None] * y[choices]).sum(2)
        total = loss(logits[:, :1], logits[:, 1:]).sum()
        total.backward()
        of = {"loss": total.detach().reshape(1), "d_states": x.grad, "d_items": y.grad}
        tensors |= {f"{drawn}/{loss.__name__}/{name}": value.float() for name, value in of.items()}
save_file(tensors, pathlib.Path(__file__).parent / "negative_loss.safetensors", {"made_by": "tests/golden/make_negative_loss_golden.py", "torch": torch.__version__})
