#!/usr/bin/env python3
"""Writes light_graph.safetensors beside this script: LightGCN on a small graph in plain torch, by a dense adjacency: the propagated vectors for one,
two and three layers, the BPR loss of a few preferences on those of each, and its gradient by the embeddings. fp32.

Needs: pip install torch safetensors.
Run: python3 tests/golden/make_light_graph_golden.py
"""
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn

USERS, ITEMS, WIDTH, EDGES, PREFERENCES = 11, 9, 40, 30, 25  # wider than a panel

torch.manual_seed(7)
chosen = torch.zeros(USERS, ITEMS)
chosen.view(-1)[torch.randperm(USERS * ITEMS)[:EDGES]] = 1
chosen[4], chosen[:, 2] = 0, 0  # a user and an item without edges
whole = torch.zeros(USERS + ITEMS, USERS + ITEMS)
whole[:USERS, USERS:], whole[USERS:, :USERS] = chosen, chosen.T
scale = whole.sum(1).rsqrt().nan_to_num(posinf=0)
adjacency = scale[:, None] * whole * scale
embeddings = torch.randn(USERS + ITEMS, WIDTH, requires_grad=True)
user, item, other = (torch.randint(count, (PREFERENCES,)) for count in (USERS, ITEMS, ITEMS))

tensors = {"edges": chosen.nonzero().int().contiguous(), "preferences": torch.stack([user, item, other], 1).int(),
           "users": embeddings.detach()[:USERS].clone(), "items": embeddings.detach()[USERS:].clone()}
for layers in (1, 2, 3):
    of_layer = [embeddings]
    for _ in range(layers):
        of_layer.append(adjacency @ of_layer[-1])
    vectors = torch.stack(of_layer).mean(0)
    margins = (vectors[user] * (vectors[USERS + item] - vectors[USERS + other])).sum(1)
    loss = -nn.functional.logsigmoid(margins).mean()
    gradient, = torch.autograd.grad(loss, embeddings)
    tensors[f"{layers}/loss"] = loss.detach().reshape(1)
    for name, value in (("vectors", vectors.detach()), ("gradient", gradient)):
        tensors[f"{layers}/{name}/users"], tensors[f"{layers}/{name}/items"] = value[:USERS].clone(), value[USERS:].clone()
save_file(tensors, pathlib.Path(__file__).parent / "light_graph.safetensors", {"made_by": "tests/golden/make_light_graph_golden.py", "torch": torch.__version__})
