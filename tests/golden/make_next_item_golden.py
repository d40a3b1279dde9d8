#!/usr/bin/env python3
"""Writes next_item.safetensors beside this script: small models of torch's own layers (hstu written out with them) that say which item comes next, by the names of ours
behind sasrec., gru4rec., bert4rec. and hstu.: what they score for a few histories, their cross-entropy over the whole catalogue for a few sequences, and
the gradient of every tensor. fp32, no dropout.

Needs: pip install torch safetensors.
Run: python3 tests/golden/make_next_item_golden.py
"""
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn

ITEMS, WIDTH, INNER, LAYERS, HEADS, POSITIONS = 13, 8, 12, 2, 2, 6
EPSILON = 1e-6
HISTORIES = [[3], [1, 2], [5, 0, 12, 7], [4, 4, 9, 8, 2, 11]]
SEQUENCES = [[3, 1, 2], [0, 5], [7, 7, 9, 12, 6, 10, 8]]  # all but the last are read, all but the first foretold
MASKED = [([3, 1, 2], [2]), ([0, 5], [0, 1]), ([7, 9, 12, 6, 10, 8], [1, 4])]  # and which of it is masked and foretold, by bert4rec
MASK = -1


def fill(module):
    for value in module.parameters():
        nn.init.normal_(value, std=0.5)
    return module


def linear(ours, theirs):
    return {f"{ours}.weight": theirs.weight, f"{ours}.bias": theirs.bias}


def transformer(items, causal=True):
    positions = nn.Parameter(0.5 * torch.randn(POSITIONS, WIDTH))
    norm = fill(nn.LayerNorm(WIDTH, eps=EPSILON))
    layers = [fill(nn.TransformerEncoderLayer(WIDTH, HEADS, INNER, 0.0, activation="relu", batch_first=True, layer_norm_eps=EPSILON)) for _ in range(LAYERS)]

    parameters = {"positions.weight": positions} | linear("input_norm", norm)
    if not causal:
        parameters["mask.weight"] = nn.Parameter(0.5 * torch.randn(1, WIDTH))

    def states(history):
        if causal:
            x = norm(items[history] + positions[:len(history)])[None]
        else:  # MASK is the last row; positions count from the newest
            x = norm(torch.cat([items, parameters["mask.weight"]])[history] + positions[POSITIONS - len(history):])[None]
        for layer in layers:
            x = layer(x, src_mask=nn.Transformer.generate_square_subsequent_mask(len(history)) if causal else None, is_causal=causal)
        return x[0]

    for number, layer in enumerate(layers):
        parts = {"query_key_value.weight": layer.self_attn.in_proj_weight, "query_key_value.bias": layer.self_attn.in_proj_bias}
        for ours, theirs in {"attention_output": layer.self_attn.out_proj, "attention_norm": layer.norm1, "inner": layer.linear1,
                             "outer": layer.linear2, "output_norm": layer.norm2}.items():
            parts |= linear(ours, theirs)
        parameters |= {f"layers.{number}.{name}": value for name, value in parts.items()}
    return states, parameters


def recurrent(items):
    units, output = fill(nn.GRU(WIDTH, INNER, LAYERS, batch_first=True)), fill(nn.Linear(INNER, WIDTH))
    parameters = linear("output", output)
    for number in range(LAYERS):
        for ours, theirs in (("input", "ih"), ("state", "hh")):
            for kind in ("weight", "bias"):
                parameters[f"layers.{number}.{ours}.{kind}"] = getattr(units, f"{kind}_{theirs}_l{number}")
    return lambda history: output(units(items[history][None])[0][0]), parameters


def transduction_units(items):
    """Zhai et al. 2024, with positions alone in the bias: history to states."""
    size = WIDTH // HEADS
    norms = {name: fill(nn.LayerNorm(WIDTH, eps=EPSILON)) for name in ("input_norm", "output_norm")}
    parameters = linear("input_norm", norms["input_norm"]) | linear("output_norm", norms["output_norm"])
    layers = []
    for number in range(LAYERS):
        layer = {"input_norm": nn.LayerNorm(WIDTH, eps=EPSILON), "query_key_value_gate": nn.Linear(WIDTH, 4 * WIDTH),
                 "attention_norm": nn.LayerNorm(WIDTH, eps=EPSILON), "output": nn.Linear(WIDTH, WIDTH)}
        distances = nn.Parameter(0.5 * torch.randn(HEADS, POSITIONS))
        for name, part in layer.items():
            parameters |= linear(f"layers.{number}.{name}", fill(part))
        parameters[f"layers.{number}.distances"] = distances
        layers.append((layer, distances))

    def states(history):
        x = norms["input_norm"](items[history])
        far = torch.arange(len(history))[:, None] - torch.arange(len(history))[None, :]
        for layer, distances in layers:
            q, k, v, u = nn.functional.silu(layer["query_key_value_gate"](layer["input_norm"](x))).split(WIDTH, dim=-1)
            q, k, v = (each.reshape(-1, HEADS, size) for each in (q, k, v))
            scores = torch.einsum("ihd,jhd->hij", q, k) + distances[:, far.clamp(min=0)]
            weights = nn.functional.silu(scores) / POSITIONS * (far >= 0)
            attended = torch.einsum("hij,jhd->ihd", weights, v).reshape(-1, WIDTH)
            x = x + layer["output"](layer["attention_norm"](attended) * u)
        return norms["output_norm"](x)

    return states, parameters


def next_item(sequence):
    return sequence[:-1], slice(None), sequence[1:]


def masked(sequence, places):
    return [MASK if at in places else item for at, item in enumerate(sequence)], places, [sequence[at] for at in places]


def record(name, network, asked, query=lambda history: history):
    """`asked`: what is read, the tokens that foretell, and the items that they foretell."""
    items = nn.Parameter(0.5 * torch.randn(ITEMS, WIDTH))
    states, parameters = network(items)
    out = {}
    with torch.no_grad():
        for number, history in enumerate(HISTORIES):
            out[f"scores.{number}"] = states(query(history))[-1] @ items.T
    losses = [nn.functional.cross_entropy(states(read)[tokens] @ items.T, torch.tensor(wanted), reduction="sum") for read, tokens, wanted in asked]
    loss = sum(losses) / sum(len(wanted) for _, _, wanted in asked)
    loss.backward()
    out["loss"] = loss.detach().reshape(1)
    for tensor, value in ({"items": items} | parameters).items():
        out[tensor] = value.detach().reshape(-1, value.shape[-1]).contiguous()
        out["gradient/" + tensor] = value.grad.reshape(-1, value.shape[-1]).contiguous()
    return {f"{name}.{tensor}": value for tensor, value in out.items()}


torch.manual_seed(7)
forth = [next_item(sequence) for sequence in SEQUENCES]
tensors = record("sasrec", transformer, forth) | record("gru4rec", recurrent, forth)
tensors |= record("bert4rec", lambda items: transformer(items, causal=False), [masked(*each) for each in MASKED],
                  lambda history: history[1 - POSITIONS:] + [MASK])
tensors |= record("hstu", transduction_units, forth)
for number, history in enumerate(HISTORIES):
    tensors[f"history.{number}"] = torch.tensor(history, dtype=torch.int32)
for number, sequence in enumerate(SEQUENCES):
    tensors[f"sequence.{number}"] = torch.tensor(sequence, dtype=torch.int32)
for number, (sequence, places) in enumerate(MASKED):
    tensors[f"masked.{number}"] = torch.tensor(sequence, dtype=torch.int32)
    tensors[f"masked.{number}.places"] = torch.tensor(places, dtype=torch.int32)
save_file(tensors, pathlib.Path(__file__).parent / "next_item.safetensors", {"made_by": "tests/golden/make_next_item_golden.py", "torch": torch.__version__})
