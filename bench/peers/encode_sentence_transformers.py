#!/usr/bin/env python3
"""Encodes the lines of a file with sentence-transformers: fp32, two threads, batches of 32. Prints one JSON line.

Needs: pip install sentence-transformers.
Run: python3 bench/peers/encode_sentence_transformers.py MODEL_FOLDER TEXT_FILE
"""
import json
import sys
import time

import sentence_transformers
import torch

THREADS, BATCH = 2, 32

folder, path = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    texts = file.read().splitlines()
torch.set_num_threads(THREADS)
model = sentence_transformers.SentenceTransformer(folder, device="cpu")
model.encode(texts[:BATCH], batch_size=BATCH)  # the first batch pays for allocations
start = time.perf_counter()
model.encode(texts, batch_size=BATCH, show_progress_bar=False)
seconds = time.perf_counter() - start
print(json.dumps({"texts": len(texts), "seconds": round(seconds, 3), "texts_per_second": round(len(texts) / seconds, 1),
                  "threads": THREADS, "batch": BATCH, "torch": torch.__version__,
                  "sentence_transformers": sentence_transformers.__version__}))
