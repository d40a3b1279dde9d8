#!/usr/bin/env python3
"""Encodes the lines of a file with ONNX Runtime, fp32 or dynamic int8 (per-channel weights), in batches sorted by length: the fastest
of four batch sizes. Prints one JSON line; with --vectors also writes the vectors, as .npy.

Needs: pip install numpy onnxruntime tokenizers, and for the first call with an EXPORT_FOLDER torch, transformers, onnx, sympy.
Run: python3 bench/peers/encode_onnxruntime.py MODEL_FOLDER EXPORT_FOLDER TEXT_FILE [--precision int8] [--threads 2]
"""
import argparse
import json
import pathlib
import time

import numpy
import onnxruntime
import tokenizers

BATCHES = (4, 8, 16, 32)
LIMIT = 256  # tokens of a text, as the model's own files say


def export(folder, plain, quantised):
    """The encoder as a graph with fused attention, layer norm and GELU, and its dynamic int8 form."""
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer
    from transformers import AutoModel

    model = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()

    class States(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, input_ids, attention_mask):
            return self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    raw, ones = plain.with_suffix(".raw"), torch.ones(2, 16, dtype=torch.long)
    axes = {0: "texts", 1: "tokens"}
    torch.onnx.export(States(), (ones, ones), str(raw), input_names=["input_ids", "attention_mask"], output_names=["states"],
                      dynamic_axes={name: axes for name in ("input_ids", "attention_mask", "states")}, opset_version=17, dynamo=False)
    fused = optimizer.optimize_model(str(raw), model_type="bert", num_heads=model.config.num_attention_heads, hidden_size=model.config.hidden_size)
    fused.save_model_to_file(str(plain))
    raw.unlink()
    quantize_dynamic(str(plain), str(quantised), weight_type=QuantType.QInt8, per_channel=True, extra_options={"DefaultTensorType": 1})


def encode(session, tokenizer, texts, batch):
    encoded = tokenizer.encode_batch_fast(texts)
    order = sorted(range(len(texts)), key=lambda i: -len(encoded[i].ids))
    vectors = None
    for first in range(0, len(order), batch):
        members = order[first:first + batch]
        length = len(encoded[members[0]].ids)
        ids, mask = (numpy.zeros((len(members), length), numpy.int64) for _ in range(2))
        for row, i in enumerate(members):
            ids[row, :len(encoded[i].ids)], mask[row, :len(encoded[i].ids)] = encoded[i].ids, 1
        states = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        pooled = (states * mask[:, :, None]).sum(1)
        if vectors is None:
            vectors = numpy.empty((len(texts), pooled.shape[1]), numpy.float32)
        vectors[members] = pooled / numpy.linalg.norm(pooled, axis=1, keepdims=True)
    return vectors, sum(len(e.ids) for e in encoded)


parser = argparse.ArgumentParser()
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("exports", type=pathlib.Path)
parser.add_argument("path")
parser.add_argument("--precision", choices=("fp32", "int8"), default="fp32")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--vectors")
arguments = parser.parse_args()
paths = {"fp32": arguments.exports / "fp32.onnx", "int8": arguments.exports / "int8.onnx"}
if not paths["int8"].exists():
    arguments.exports.mkdir(parents=True, exist_ok=True)
    export(arguments.folder, paths["fp32"], paths["int8"])
with open(arguments.path, encoding="utf-8", newline="\n") as file:
    texts = file.read().removesuffix("\n").split("\n")
options = onnxruntime.SessionOptions()
options.intra_op_num_threads, options.inter_op_num_threads = arguments.threads, 1
session = onnxruntime.InferenceSession(str(paths[arguments.precision]), options, providers=["CPUExecutionProvider"])
tokenizer = tokenizers.Tokenizer.from_file(str(arguments.folder / "tokenizer.json"))
tokenizer.enable_truncation(LIMIT)
tokenizer.no_padding()
best = None
for batch in BATCHES:
    encode(session, tokenizer, texts[:2 * batch], batch)  # the first batches pay for allocations
    start = time.perf_counter()
    vectors, tokens = encode(session, tokenizer, texts, batch)
    seconds = time.perf_counter() - start
    if best is None or seconds < best[0]:
        best = (seconds, batch)
if arguments.vectors:
    numpy.save(arguments.vectors, vectors)
print(json.dumps({"texts": len(texts), "tokens": tokens, "seconds": round(best[0], 3), "texts_per_second": round(len(texts) / best[0], 1), "precision": arguments.precision,
                  "threads": arguments.threads, "batch": best[1], "onnxruntime": onnxruntime.__version__}))
