"""The architecture `new` of gte 1.5 in plain PyTorch, for make_encoder_architectures_golden.py.

transformers has no class for it: models bring their own code (Alibaba-NLP/new-impl on Hugging Face). This is the definition
of that code and of its paper (Zhang et al., "mGTE", 2024) written again: rotary positions with fixed or mixed NTK scaling, one
product for query, key and value, a gated unit whose activated half comes second, norms behind each block. Parameters have the
published names.
"""
import torch
from torch import nn


def rotary_frequencies(size, theta, scaling):
    steps = torch.arange(0, size, 2).float() / size
    if scaling is None:
        return theta ** -steps
    factor = torch.tensor(float(scaling["factor"]))
    if scaling.get("mixed_b") is None:
        return (theta * factor) ** -steps / factor ** (2 / size)
    per_step = factor.log() / (size / 2) ** scaling["mixed_b"]
    return theta ** -steps / (per_step * torch.arange(1, size // 2 + 1).float() ** scaling["mixed_b"]).exp()


def rotated(x, angles):
    """x: heads x tokens x size; the pairs are half a head apart."""
    first, second = x.chunk(2, dim=-1)
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        width = config["hidden_size"]
        self.heads, self.packed = config["num_attention_heads"], config["pack_qkv"]
        if self.packed:
            self.qkv_proj = nn.Linear(width, 3 * width)
        else:
            self.q_proj, self.k_proj, self.v_proj = (nn.Linear(width, width) for _ in range(3))
        self.o_proj = nn.Linear(width, width)

    def forward(self, x, angles):
        parts = self.qkv_proj(x).chunk(3, dim=-1) if self.packed else (self.q_proj(x), self.k_proj(x), self.v_proj(x))
        query, key, value = (part.view(len(x), self.heads, -1).transpose(0, 1) for part in parts)
        query, key = rotated(query, angles), rotated(key, angles)
        weights = torch.softmax(query @ key.transpose(1, 2) / query.shape[-1] ** 0.5, dim=-1)
        return self.o_proj((weights @ value).transpose(0, 1).reshape(x.shape))


class GatedUnit(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.up_gate_proj = nn.Linear(config["hidden_size"], 2 * config["intermediate_size"], bias=False)
        self.down_proj = nn.Linear(config["intermediate_size"], config["hidden_size"])
        self.activation = {"gelu": nn.GELU(), "silu": nn.SiLU()}[config["hidden_act"]]

    def forward(self, x):
        up, gate = self.up_gate_proj(x).chunk(2, dim=-1)
        return self.down_proj(self.activation(gate) * up)


class Layer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.attention, self.mlp = Attention(config), GatedUnit(config)
        self.attn_ln, self.mlp_ln = (nn.LayerNorm(config["hidden_size"], config["layer_norm_eps"]) for _ in range(2))

    def forward(self, x, angles):
        x = self.attn_ln(x + self.attention(x, angles))
        return self.mlp_ln(x + self.mlp(x))


class Embeddings(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.word_embeddings = nn.Embedding(config["vocab_size"], config["hidden_size"])
        if config["type_vocab_size"] > 0:
            self.token_type_embeddings = nn.Embedding(config["type_vocab_size"], config["hidden_size"])
        self.LayerNorm = nn.LayerNorm(config["hidden_size"], config["layer_norm_eps"])

    def forward(self, ids, segments):
        x = self.word_embeddings(ids)
        return self.LayerNorm(x + self.token_type_embeddings(segments) if hasattr(self, "token_type_embeddings") else x)


class Transformer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.embeddings = Embeddings(config)
        self.encoder = nn.Module()
        self.encoder.layer = nn.ModuleList(Layer(config) for _ in range(config["num_hidden_layers"]))
        self.pooler = nn.Module()
        self.pooler.dense = nn.Linear(config["hidden_size"], config["hidden_size"])
        size = config["hidden_size"] // config["num_attention_heads"]
        self.frequencies = rotary_frequencies(size, config["rope_theta"], config["rope_scaling"])

    def forward(self, ids, segments):
        x = self.embeddings(ids, segments)
        angles = torch.arange(len(ids)).float()[:, None] * self.frequencies
        for layer in self.encoder.layer:
            x = layer(x, angles)
        return x


class NewClassifier(nn.Module):
    """One sequence (ids and segments, T) to its states (T x D) and logits."""

    def __init__(self, config):
        super().__init__()
        self.new = Transformer(config)
        self.classifier = nn.Linear(config["hidden_size"], config["num_labels"])

    def forward(self, ids, segments):
        states = self.new(ids, segments)
        return states, self.classifier(torch.tanh(self.new.pooler.dense(states[0])))
