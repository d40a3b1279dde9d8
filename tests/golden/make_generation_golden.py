#!/usr/bin/env python3
"""Writes generation_smollm2.json beside this script: what transformers says in fp32 of SmolLM2-135M-Instruct, dequantised
from the GGUF file that `genre` reads.

scores: prompts with candidates, and the sum of the log-softmax of each candidate's tokens, prompt and candidate tokenized
apart. chats: the token ids of its chat template. Needs: pip install torch transformers gguf.
Run: python3 tests/golden/make_generation_golden.py SmolLM2-135M-Instruct.Q4_1.gguf
"""
import json
import pathlib
import sys

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

HERE = pathlib.Path(__file__).parent
PROMPTS = [
    ("Toy Story is a film for", [" children", " adults", " the whole family", " nobody"]),
    ("The capital of France is", [" Paris", " London", " Lyon", " a city of light and love"]),
    ("User liked: Alien, Aliens, The Thing.\nThe next film is a", [" horror film", " romantic comedy", " documentary about bees"]),
    ("Heat (1995) is about", [" a bank robber and a detective", " an oven", " Müller’s café ☕"]),
    ("Q: Is water wet? Answer yes or no.\nA:", [" yes", " no", " Yes", " No"]),
    ("def add(a, b):\n    return", [" a + b", " a - b", " None"]),
    ("1, 2, 3, 4,", [" 5", " 6", " 5, 6, 7, 8, 9, 10"]),
    ("Once", [" upon a time", " more", "!"]),
]
CHATS = [  # system message (empty: none, so that the template's own stands there) and question
    ("", "Recommend a film."),
    ("You recommend films.", "Name three films about time travel."),
    ("You are a helpful AI assistant named SmolLM, trained by Hugging Face", "Hi"),
    ("Answer in one word.\n", "  What is the capital of Österreich?\n\n"),
]


def main(path):
    path = pathlib.Path(path)
    tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32).eval()
    scores = []
    for prompt, candidates in PROMPTS:
        head, values = tokenizer(prompt, add_special_tokens=False).input_ids, []
        for candidate in candidates:
            tail = tokenizer(candidate, add_special_tokens=False).input_ids
            with torch.no_grad():
                logits = model(torch.tensor([head + tail])).logits[0].double()
            rows = torch.log_softmax(logits[len(head) - 1 : -1], dim=-1)
            values.append(round(sum(rows[i, t].item() for i, t in enumerate(tail)), 6))
        scores.append({"prompt": prompt, "candidates": candidates, "log_probabilities": values})
    chats = []
    for system, user in CHATS:
        turns = [{"role": "system", "content": system}] * bool(system) + [{"role": "user", "content": user}]
        ids = tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=False)
        chats.append({"system": system, "user": user, "ids": ids})
    made = {"made_by": "tests/golden/make_generation_golden.py", "torch": torch.__version__,
            "transformers": transformers.__version__}
    text = json.dumps({**made, "scores": scores, "chats": chats}, ensure_ascii=False, indent=1)
    (HERE / "generation_smollm2.json").write_text(text + "\n")


main(sys.argv[1])
