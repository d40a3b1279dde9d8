#!/usr/bin/env python3
"""Writes encoder_texts.json and encoder_vectors.safetensors beside this script: vectors of sentence-transformers in fp32.

Every text is made here from a seed. Needs: pip install sentence-transformers safetensors.
Run: python3 tests/golden/make_encoder_golden.py MODEL_FOLDER   (the folder of all-MiniLM-L6-v2 in the cache of `genre`)
"""
import json
import pathlib
import random
import sys

import sentence_transformers
import torch
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).parent
SEED, TEXTS = 7, 200
WORDS = ("a quiet drama about two sisters who inherit the farm of their father and must decide whether to sell it gentle daily "
         "moisturizer with green tea extract for dry sensitive skin pack of three robot space war future city police detective "
         "murder love story wedding summer island comedy family dog adventure jungle treasure pirate king queen dragon school music "
         "band jazz piano shampoo conditioner volume shine repair argan oil vitamin serum night eye cream lipstick matte red").split()
ODD = ["", " ", "a", "!", "\u200b", "[SEP]", "[MASK] in the text", "Ünïcödé CAFÉ", "漢字かな交じり文", "Привет, мир", "שָׁלוֹם", "한국어 문장",
       "👩‍👩‍👧 family", "ΟΔΟΣ", "İstanbul", "x" * 101, "pneumonoultramicroscopicsilicovolcanoconiosis", "1234567890", "C++ & C#", "\t\n tab"]


def text(r, i):
    words = r.choices(WORDS, k=r.choice([1, 2, 4, 8, 16, 24, 40]))
    if i % 20 == 0:
        words = r.choices(WORDS, k=r.choice([120, 240, 254, 255, 300, 600]))  # around and above the limit of 256 tokens
    out = " ".join(words)
    return out.title() if i % 3 == 0 else out


r = random.Random(SEED)
texts = ODD + [text(r, i) for i in range(TEXTS - len(ODD))]
torch.set_num_threads(1)
model = sentence_transformers.SentenceTransformer(sys.argv[1], device="cpu")
vectors = model.encode(texts, batch_size=1, convert_to_numpy=True)
versions = {"made_by": "tests/golden/make_encoder_golden.py", "seed": str(SEED), "torch": torch.__version__,
            "sentence_transformers": sentence_transformers.__version__}
with open(HERE / "encoder_texts.json", "w", encoding="utf-8") as out:
    json.dump({**versions, "texts": texts}, out, ensure_ascii=False, indent=0)
    out.write("\n")
save_file({"vectors": vectors}, HERE / "encoder_vectors.safetensors", metadata=versions)
