#!/usr/bin/env python3
"""Encodes the lines of a file with sentence-transformers: fp32, batches of 32. Prints one JSON line.

Needs: pip install sentence-transformers.
Run: python3 bench/peers/encode_sentence_transformers.py MODEL_FOLDER TEXT_FILE [--threads 2]
"""
import argparse
import json
import time

import sentence_transformers
import torch

BATCH = 32

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("path")
parser.add_argument("--threads", type=int, default=2)
arguments = parser.parse_args()
with open(arguments.path, encoding="utf-8", newline="\n") as file:
    texts = file.read().removesuffix("\n").split("\n")
torch.set_num_threads(arguments.threads)
model = sentence_transformers.SentenceTransformer(arguments.folder, device="cpu")
model.encode(texts[:BATCH], batch_size=BATCH)  # the first batch pays for allocations
start, processor = time.perf_counter(), time.process_time()
model.encode(texts, batch_size=BATCH, show_progress_bar=False)
seconds, processor = time.perf_counter() - start, time.process_time() - processor
print(json.dumps({"texts": len(texts), "seconds": round(seconds, 3), "texts_per_second": round(len(texts) / seconds, 1),
                  "texts_per_processor_second": round(len(texts) / processor, 1), "threads": arguments.threads, "batch": BATCH, "torch": torch.__version__,
                  "sentence_transformers": sentence_transformers.__version__}))
