#!/usr/bin/env python3
"""Writes info_nce.safetensors beside this script: the contrastive loss of two views of each of some things at two temperatures, as torch's own
cross-entropy of the cosines in double precision, with its gradient by the views.

Needs: pip install torch safetensors.
Run: python3 tests/golden/make_info_nce_golden.py
"""
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn

THINGS, WIDTH = 11, 40  # more views and numbers than a panel

torch.manual_seed(7)
first = torch.randn(THINGS, WIDTH)
views = torch.stack([first, first + torch.randn(THINGS, WIDTH)], 1).reshape(2 * THINGS, WIDTH)
tensors = {"views": views}
for name, temperature in (("cold", 0.1), ("warm", 1.0)):
    x = views.double().requires_grad_()
    cosines = nn.functional.cosine_similarity(x[:, None], x[None], dim=2)
    others = cosines.masked_fill(torch.eye(2 * THINGS, dtype=torch.bool), -torch.inf)
    loss = nn.functional.cross_entropy(others / temperature, torch.arange(2 * THINGS) ^ 1)
    loss.backward()
    tensors |= {f"{name}/loss": loss.detach().reshape(1).float(), f"{name}/d_views": x.grad.float()}
save_file(tensors, pathlib.Path(__file__).parent / "info_nce.safetensors", {"made_by": "tests/golden/make_info_nce_golden.py", "torch": torch.__version__})
