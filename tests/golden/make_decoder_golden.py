#!/usr/bin/env python3
"""Writes decoder_tiny.json and decoder_smollm2.json beside this script: logits and greedy tokens of transformers in fp32.

decoder_tiny.json: small models of every architecture, whose weights follow from a formula that the test repeats, so that
no weights are stored. decoder_smollm2.json: 50 prompts for SmolLM2-135M-Instruct, the first ANSWERED of them with logits, the 64 tokens that
follow and where the two likeliest tokens were nearly tied, dequantised by transformers from the GGUF file that `genre` reads. Needs: pip install torch transformers accelerate
gguf. Run: python3 tests/golden/make_decoder_golden.py [SmolLM2-135M-Instruct.Q4_1.gguf ANSWERED]
"""
import json
import pathlib
import sys

import numpy
import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer, GPT2Config, LlamaConfig, Qwen2Config, Qwen3Config

HERE = pathlib.Path(__file__).parent
STEPS, OTHERS = 64, list(range(1000, 49000, 6000))
NEAR = 0.01  # margins of logits below this are listed
VERSIONS = {"made_by": "tests/golden/make_decoder_golden.py", "torch": torch.__version__,
            "transformers": transformers.__version__}
SHAPE = dict(vocab_size=96, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1,
             intermediate_size=64, max_position_embeddings=64)
LLAMA3 = dict(rope_type="llama3", rope_theta=10000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=32)
TINY = {
    "llama": LlamaConfig(**SHAPE, tie_word_embeddings=False, rms_norm_eps=1e-5),
    "llama3": LlamaConfig(**SHAPE, rope_parameters=LLAMA3, attention_bias=True, mlp_bias=True, tie_word_embeddings=True),
    "llama-linear": LlamaConfig(**{**SHAPE, "intermediate_size": 48},
                                rope_parameters=dict(rope_type="linear", rope_theta=500.0, factor=4.0)),
    "qwen2": Qwen2Config(**SHAPE, tie_word_embeddings=True),
    "qwen3": Qwen3Config(**{**SHAPE, "num_attention_heads": 4, "num_key_value_heads": 2}, head_dim=16,
                         tie_word_embeddings=False),
    "gpt2": GPT2Config(vocab_size=96, n_embd=32, n_layer=2, n_head=2, n_positions=64, bos_token_id=94,
                       eos_token_id=95),
}
LAST = [0, 1, 7, 30, 31, 32, 39]  # positions whose logits are kept: both sides of a page of the cache


def numbers(seed, count):
    """A linear congruential generator, as multiples of 2^-15 in [-1, 1): exact in fp32."""
    out, x = numpy.empty(count, numpy.float32), seed
    for i in range(count):
        x = (x * 1664525 + 1013904223) % 2**32
        out[i] = ((x >> 16) - 32768) / 32768
    return out


def formula(name, shape, seed, offset, scale):
    values = offset + numbers(seed, int(numpy.prod(shape))) * numpy.float32(scale)
    return torch.from_numpy(values).reshape(shape), {"name": name, "shape": list(shape), "seed": seed, "offset": offset,
                                                     "scale": scale}


def logits(model, ids):
    with torch.no_grad():
        return [[round(v, 6) for v in row] for row in model(torch.tensor([ids])).logits[0, LAST].tolist()]


def tiny_model(config):
    config._attn_implementation = "eager"
    model, tensors = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval(), []
    state = model.state_dict()
    for i, key in enumerate(sorted(state)):
        if key == "lm_head.weight" and config.tie_word_embeddings:
            continue
        is_norm = key.endswith("weight") and state[key].dim() == 1
        values, entry = formula(key, state[key].shape, i + 1, 1.0 if is_norm else 0.0, 0.25)
        state[key].copy_(values)
        tensors.append(entry)
    return model, tensors


def tiny(name, config):
    model, tensors = tiny_model(config)
    ids = [(i * 37 + i * i * 11 + 5) % config.vocab_size for i in range(40)]
    return {"name": name, "config": config.to_diff_dict(), "tensors": tensors, "ids": ids, "positions": LAST,
            "logits": logits(model, ids)}


def lora(name, config, modules, settings):
    """Logits of a tiny model with alpha / r B A added to some of its weights, by plain arithmetic instead of PEFT."""
    model, _ = tiny_model(config)
    tensors, state, rank = [], model.state_dict(), settings["r"]
    scale = settings["lora_alpha"] / (rank ** 0.5 if settings.get("use_rslora") else rank)
    for i, module in enumerate(modules):
        weight = state[module + ".weight"]
        outputs, inputs = reversed(weight.shape) if settings["fan_in_fan_out"] else weight.shape
        prefix = "base_model.model." + module
        a, entry_a = formula(prefix + ".lora_A.weight", (rank, inputs), 1000 + 2 * i, 0.0, 0.5)
        b, entry_b = formula(prefix + ".lora_B.weight", (outputs, rank), 1001 + 2 * i, 0.0, 0.25)
        tensors += [entry_a, entry_b]
        weight += scale * ((b @ a).T if settings["fan_in_fan_out"] else b @ a)
    ids = [(i * 37 + i * i * 11 + 5) % config.vocab_size for i in range(40)]
    return {"name": name, "config": {"peft_type": "LORA", "bias": "none", **settings}, "tensors": tensors, "ids": ids,
            "positions": LAST, "logits": logits(model, ids)}


ADAPTERS = [
    ("llama", [f"model.layers.{l}.{m}" for l in (0, 1) for m in ("self_attn.q_proj", "self_attn.v_proj", "mlp.down_proj")],
     dict(r=4, lora_alpha=8, fan_in_fan_out=False)),
    ("gpt2", ["transformer.h.1.attn.c_attn"], dict(r=2, lora_alpha=3, fan_in_fan_out=True, use_rslora=True)),
]
TOPICS = ["a quiet drama about two sisters who inherit a farm", "a moisturizer with green tea for dry skin",
          "a robot detective in a city of the future", "a jazz pianist who loses his hearing", "a pirate king and his treasure",
          "a set of three steel kitchen knives", "a documentary about the deep sea", "a board game for four players",
          "an anthology of ghost stories", "running shoes for wide feet"]
FRAMES = ["{0}", "The film is {0}. It is", "Summarise in one sentence: {0}.",
          "<|im_start|>user\nWho would like {0}?<|im_end|>\n<|im_start|>assistant\n",
          "Items: 1. {0} 2. {1} 3. {2}\nThe reader who liked the first will"]


def smollm2(path, answered):
    path = pathlib.Path(path)
    model = AutoModelForCausalLM.from_pretrained(str(path.parent), gguf_file=path.name, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(str(path.parent), gguf_file=path.name, padding_side="left")
    texts = [FRAMES[i % 5].format(*(TOPICS[(i // 5 + shift) % 10] for shift in (0, 3, 7))) for i in range(50)]
    batch = tokenizer(texts[:answered], add_special_tokens=False, padding=True, return_tensors="pt")
    model.generation_config.eos_token_id = None
    out = model.generate(**batch, do_sample=False, max_new_tokens=STEPS, output_scores=True, return_dict_in_generate=True)
    best = [torch.topk(s, 2).values for s in out.scores]
    margins = torch.stack([b[:, 0] - b[:, 1] for b in best], dim=1)  # of the likeliest token, by prompt and step
    prompts = [{"text": text, "ids": tokenizer(text, add_special_tokens=False).input_ids} for text in texts]
    for prompt, logits, tokens, margin in zip(prompts, out.scores[0], out.sequences[:, -STEPS:].tolist(), margins.tolist()):
        best = torch.topk(logits, 10)
        prompt["logits"] = {"top": [[int(a), round(float(b), 5)] for a, b in zip(best.indices, best.values)],
                            "others": [round(float(logits[j]), 5) for j in OTHERS],
                            "log_sum": round(float(torch.logsumexp(logits, 0)), 5)}
        prompt["greedy"] = tokens
        prompt["near_ties"] = [[step, round(m, 6)] for step, m in enumerate(margin) if m < NEAR]
    return {**VERSIONS, "near": NEAR, "smallest_margin": round(float(margins.min()), 6), "others": OTHERS, "prompts": prompts}


def write(name, content):
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    text = text.replace('{"name":"', '\n{"name":"').replace('{"text":', '\n{"text":')  # a line an entry
    (HERE / name).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    torch.set_num_threads(2)
    write("decoder_tiny.json", {**VERSIONS, "models": [tiny(name, config) for name, config in TINY.items()],
                                "adapters": [lora(name, TINY[name], *rest) for name, *rest in ADAPTERS]})
    if len(sys.argv) > 1:
        write("decoder_smollm2.json", smollm2(sys.argv[1], int(sys.argv[2])))
