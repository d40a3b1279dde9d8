#!/usr/bin/env python3
"""Tokenizes the lines of a file with Hugging Face tokenizers (encode_batch_fast, no offsets). Prints one JSON line: the fastest of the
runs, in megabytes of UTF-8 a second.

Needs: pip install tokenizers. Run: RAYON_NUM_THREADS=1 python3 bench/peers/tokenize_huggingface.py MODEL_FOLDER TEXT_FILE [RUNS]
"""
import json
import pathlib
import sys
import time

import tokenizers

tokenizer = tokenizers.Tokenizer.from_file(str(pathlib.Path(sys.argv[1]) / "tokenizer.json"))
tokenizer.enable_truncation(256)
tokenizer.no_padding()
with open(sys.argv[2], encoding="utf-8", newline="\n") as file:
    texts = file.read().removesuffix("\n").split("\n")
seconds, encoded = [], []
for _ in range(int(sys.argv[3]) if len(sys.argv) > 3 else 3):
    start = time.perf_counter()
    encoded = tokenizer.encode_batch_fast(texts)
    seconds.append(time.perf_counter() - start)
bytes_ = sum(len(text.encode()) for text in texts)
print(json.dumps({"texts": len(texts), "tokens": sum(len(one.ids) for one in encoded), "seconds": round(min(seconds), 5), "megabytes_per_second": round(bytes_ / 1e6 / min(seconds), 3),
                  "tokenizers": tokenizers.__version__}))
