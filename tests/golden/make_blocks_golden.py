#!/usr/bin/env python3
"""Writes blocks.safetensors beside this script: block formats as the reference package of GGUF reads and writes them.

Blocks are random bytes with scales of ordinary size. Needs: pip install gguf safetensors.
Run: python3 tests/golden/make_blocks_golden.py
"""
import importlib.metadata
import pathlib

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from safetensors.numpy import save_file

SEED, BLOCKS = 7, 12
SCALES = {Type.Q8_0: [0], Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q4_K: [0, 2], Type.Q6_K: [208]}  # bytes where halves lie

random = np.random.default_rng(SEED)
tensors = {}
for kind in (Type.F16, Type.BF16, *SCALES):
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = random.integers(0, 256, (BLOCKS if elements > 1 else 256, size), dtype=np.uint8)
    if elements == 1:
        blocks[:, 1] &= 0xBF  # no infinities
    for place in SCALES.get(kind, ()):
        blocks[:, place:place + 2] = random.normal(0, 0.01, (BLOCKS, 1)).astype(np.float16).view(np.uint8)
    tensors[f"{kind.name}.read"] = blocks.reshape(-1)
    tensors[f"{kind.name}.elements"] = gguf.quants.dequantize(blocks, kind).astype(np.float32).reshape(-1)

values = random.normal(0, 0.05, (BLOCKS, 32)).astype(np.float32)
values[0], values[1], values[2, 3], values[3] = 0, 0.25, 40, np.abs(values[3]) * 1e-7
tensors["values"] = values.reshape(-1)
for kind in (Type.F16, Type.BF16, Type.Q8_0, Type.Q4_0, Type.Q4_1):
    tensors[f"{kind.name}.written"] = gguf.quants.quantize(values, kind).view(np.uint8).reshape(-1)
save_file(tensors, pathlib.Path(__file__).parent / "blocks.safetensors", {
    "made_by": "tests/golden/make_blocks_golden.py", "seed": str(SEED), "gguf": importlib.metadata.version("gguf"),
    "numpy": np.__version__})
