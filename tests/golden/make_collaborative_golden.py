#!/usr/bin/env python3
"""Writes collaborative.safetensors beside this script: networks of collaborative filtering in plain torch, with loss and gradients. NeuMF with both parts and
either alone; DeepFM's product and tower over one user vector and the item's fields; Mult-VAE and RecVAE with the noise, and the earlier distributions, that
they are given. fp32.

Needs: pip install torch safetensors.
Run: python3 tests/golden/make_collaborative_golden.py
"""
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

USERS, EACH, WIDTH, FIELDS = 3, 4, 40, 3  # wider than a panel
HISTORIES = [[0, 2, 6, 11], [2], [], [1, 2, 3, 6, 12]]
ITEMS, FACTORS, STATES = 13, 5, 20

torch.manual_seed(7)
tensors = {}


def parameter(*shape, scale=0.3):
    return (scale * torch.randn(*shape)).requires_grad_()


def keep(prefix, loss, **values):
    """Each value, and the gradient of the loss by it, 0 where there is none."""
    gradients = torch.autograd.grad(loss, list(values.values()), allow_unused=True)
    tensors[f"{prefix}/loss"] = loss.detach().reshape(1)
    for (name, value), gradient in zip(values.items(), gradients):
        name, rows = name.replace("__", "."), value.reshape(-1, value.shape[-1])
        tensors[f"{prefix}/{name}"] = rows.detach().clone()
        tensors[f"{prefix}/gradient/{name}"] = (torch.zeros_like(value) if gradient is None else gradient).reshape(rows.shape).clone()


def tower(state, weights):
    return F.relu(F.linear(F.relu(state), weights["mlp__1__weight"], weights["mlp__1__bias"][0])) @ weights["mlp__output"][0]


def tower_weights(inputs):
    return {"mlp__user__weight": parameter(24, WIDTH), "mlp__item__weight": parameter(24, inputs), "mlp__item__bias": parameter(1, 24),
            "mlp__1__weight": parameter(10, 24), "mlp__1__bias": parameter(1, 10), "mlp__output": parameter(1, 10)}


labels = torch.zeros(USERS, EACH)
labels[:, 0] = 1
for name, gmf, mlp in (("neumf", True, True), ("gmf", True, False), ("mlp", False, True)):
    weights = {"bias": parameter(1, 1)}
    users, items = parameter(USERS, WIDTH * (gmf + mlp)), parameter(USERS * EACH, WIDTH * (gmf + mlp))
    pairs = users.repeat_interleave(EACH, 0)
    logits = weights["bias"].reshape(())
    if gmf:
        weights["gmf__weight"] = parameter(1, WIDTH)
        logits = logits + F.linear(pairs[:, :WIDTH] * items[:, :WIDTH], weights["gmf__weight"])[:, 0]
    if mlp:
        weights |= tower_weights(WIDTH)
        first = torch.cat([weights["mlp__user__weight"], weights["mlp__item__weight"]], 1)  # one layer over both, as the paper has it
        logits = logits + tower(F.linear(torch.cat([pairs[:, -WIDTH:], items[:, -WIDTH:]], 1), first, weights["mlp__item__bias"][0]), weights)
    keep(name, F.binary_cross_entropy_with_logits(logits, labels.flatten()), users=users, items=items, **weights)

weights = {"bias": parameter(1, 1), **tower_weights(FIELDS * WIDTH)}
users, items = parameter(USERS, WIDTH), parameter(USERS * EACH, (1 + FIELDS) * WIDTH + 1)
pairs, product, own, fields = users.repeat_interleave(EACH, 0), items[:, :WIDTH], items[:, WIDTH], items[:, WIDTH + 1:]
first = torch.cat([weights["mlp__user__weight"], weights["mlp__item__weight"]], 1)
logits = weights["bias"].reshape(()) + (pairs * product).sum(1) + own + tower(F.linear(torch.cat([pairs, fields], 1), first, weights["mlp__item__bias"][0]), weights)
keep("deepfm", F.binary_cross_entropy_with_logits(logits, labels.flatten()), users=users, items=items, **weights)

seen = torch.zeros(len(HISTORIES), ITEMS)
for row, history in enumerate(HISTORIES):
    seen[row, history] = 1
read = F.normalize(seen)  # of length 1
noise = torch.randn(len(HISTORIES), FACTORS)
tensors["noise"] = noise
for row, history in enumerate(HISTORIES):
    if history:
        tensors[f"history.{row}"] = torch.tensor(history, dtype=torch.int32)


def vae(state, weights):
    mean = F.linear(state, weights["encoder__mean__weight"], weights["encoder__mean__bias"][0])
    log_variance = F.linear(state, weights["encoder__log_variance__weight"], weights["encoder__log_variance__bias"][0])
    return mean, log_variance, mean + (log_variance / 2).exp() * noise


def likelihood(states, weights):
    return -(seen * F.log_softmax(F.linear(states, weights["decoder__items__weight"], weights["decoder__items__bias"][0]), 1)).sum()


def common(states):
    return {"encoder__items__weight": parameter(ITEMS, STATES), "encoder__items__bias": parameter(1, STATES),
            "encoder__mean__weight": parameter(FACTORS, STATES), "encoder__mean__bias": parameter(1, FACTORS),
            "encoder__log_variance__weight": parameter(FACTORS, STATES), "encoder__log_variance__bias": parameter(1, FACTORS),
            "decoder__items__weight": parameter(ITEMS, states), "decoder__items__bias": parameter(1, ITEMS)}


weights = {**common(STATES), "decoder__layer1__weight": parameter(STATES, FACTORS), "decoder__layer1__bias": parameter(1, STATES)}
mean, log_variance, code = vae(torch.tanh(read @ weights["encoder__items__weight"] + weights["encoder__items__bias"]), weights)
divergence = -0.5 * (1 + log_variance - mean ** 2 - log_variance.exp()).sum()
states = torch.tanh(F.linear(code, weights["decoder__layer1__weight"], weights["decoder__layer1__bias"][0]))
keep("multi_vae", likelihood(states, weights) + 0.2 * divergence, **weights)

LAYERS = 3
weights = common(FACTORS)
for layer in range(1, LAYERS + 1):
    if layer > 1:
        weights |= {f"encoder__layer{layer}__weight": parameter(STATES, STATES), f"encoder__layer{layer}__bias": parameter(1, STATES)}
    weights |= {f"encoder__norm{layer}__weight": (1 + parameter(1, STATES)).detach().requires_grad_(), f"encoder__norm{layer}__bias": parameter(1, STATES)}
below, total = read @ weights["encoder__items__weight"] + weights["encoder__items__bias"], 0
for layer in range(1, LAYERS + 1):
    if layer > 1:
        below = F.linear(state, weights[f"encoder__layer{layer}__weight"], weights[f"encoder__layer{layer}__bias"][0]) + total
    state = F.layer_norm(F.silu(below), (STATES,), weights[f"encoder__norm{layer}__weight"][0], weights[f"encoder__norm{layer}__bias"][0], 0.1)
    total = total + state
mean, log_variance, code = vae(state, weights)
earlier = torch.randn(len(HISTORIES), FACTORS), 0.3 * torch.randn(len(HISTORIES), FACTORS)
tensors["rec_vae/earlier/mean"], tensors["rec_vae/earlier/log_variance"] = earlier


def log_density(at, mean, log_variance):
    return torch.distributions.Normal(mean, (log_variance / 2).exp()).log_prob(at)


zero = torch.zeros_like(mean)
prior = torch.logsumexp(torch.stack([torch.tensor(share).log() + log_density(code, *of) for share, of in
                                     ((0.15, (zero, zero)), (0.75, earlier), (0.1, (zero, zero + 10)))]), 0)
divergence = (log_density(code, mean, log_variance) - prior).sum()
keep("rec_vae", likelihood(code, weights) + 0.2 * divergence, **weights)
save_file(tensors, pathlib.Path(__file__).parent / "collaborative.safetensors",
          {"made_by": "tests/golden/make_collaborative_golden.py", "torch": torch.__version__})
