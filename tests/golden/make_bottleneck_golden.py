#!/usr/bin/env python3
"""Writes bottleneck.json beside this script: what AdapterHub's library computes with bottleneck adapters in fp32, on small encoders
and decoders as make_lora_golden.py has them, and trainings of a few steps as make_peft_training_golden.py has them.

Each adapter is saved by the library, whose own adapter_config.json and tensor names are kept; all weights follow from their names.
Needs: pip install adapters (1.3.0, which wants transformers 4.57).
Run: python3 tests/golden/make_bottleneck_golden.py
"""
import json
import pathlib
import tempfile

import adapters
import torch
import transformers
from adapters import DoubleSeqBnConfig, SeqBnConfig
from safetensors import safe_open
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, AutoModelForSequenceClassification

from small_models import CASES, TEXTS, fill, make_tokenizer, weights

HERE = pathlib.Path(__file__).parent
NAME = "genre"
LABELS, RATE, STEPS = [2, 0, 1, 2], 0.05, 4
LLAMA = dict(vocab_size=96, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1, intermediate_size=64,
             max_position_embeddings=64, tie_word_embeddings=False, rms_norm_eps=1e-5)
GPT2 = dict(vocab_size=96, n_embd=32, n_layer=2, n_head=2, n_positions=64, bos_token_id=94, eos_token_id=95, tie_word_embeddings=False)
MODELS = {"bert": ("encoder", "bert", CASES["bert"][1]), "roberta": ("encoder", "roberta", CASES["roberta"][1]),
          "distilbert": ("encoder", "distilbert", CASES["distilbert"][1]), "electra": ("encoder", "electra", CASES["electra"][1]),
          "llama": ("decoder", "llama", LLAMA), "gpt2": ("decoder", "gpt2", GPT2)}
FORMS = {"houlsby": DoubleSeqBnConfig(reduction_factor=8), "pfeiffer": SeqBnConfig(reduction_factor=16)}


def saved_files(model):
    with tempfile.TemporaryDirectory() as folder:
        model.save_adapter(folder, NAME, with_head=False, use_safetensors=True)
        config = json.loads((pathlib.Path(folder) / "adapter_config.json").read_text())
        with safe_open(pathlib.Path(folder) / "adapter.safetensors", "pt") as file:
            return {"config": config, "tensors": {name: list(file.get_slice(name).get_shape()) for name in file.keys()}}


def put_adapter(model, form):
    """Returns the parameters of a new adapter by their names, with weights."""
    adapters.init(model)
    model.add_adapter(NAME, config=FORMS[form])
    model.train_adapter(NAME)
    found = {name: value for name, value in model.named_parameters() if f".adapters.{NAME}." in name}
    with torch.no_grad():
        for name, value in found.items():
            value.copy_(torch.from_numpy(weights(name, list(value.shape)).copy()))
    return found


def rounded(rows):
    return [[round(v, 6) for v in row] for row in rows.tolist()]


def compute(kind, model, ids):
    with torch.no_grad():
        out = model(input_ids=torch.tensor([ids]))
    return rounded(out.logits[0] if kind == "decoder" else out.last_hidden_state[0])


def run(name):
    kind, model_type, settings = MODELS[name]
    config = AutoConfig.for_model(model_type, **settings)
    config._attn_implementation = "eager"
    ids = [(i * 37 + i * i * 11 + 5) % min(config.vocab_size, 80) for i in range(12)]
    out = {}
    for form in FORMS:
        model = (AutoModelForCausalLM if kind == "decoder" else AutoModel).from_config(config)
        shapes = fill(model)
        plain = compute(kind, model, ids)
        put_adapter(model, form)
        model.eval()
        saved = saved_files(model)
        saved["config"]["model_name"] = "a small model"
        out[form] = {**saved, "output": compute(kind, model, ids)}
    return {"kind": kind, "config": json.loads(config.to_json_string()), "tensors": shapes, "ids": ids, "output": plain, "adapters": out}


def train(form):
    kind, settings, _ = CASES["bert"]
    config = AutoConfig.for_model(kind, **{**settings, "num_labels": 3, "problem_type": "single_label_classification"})
    config._attn_implementation = "eager"
    model = AutoModelForSequenceClassification.from_config(config)
    fill(model)
    trained = put_adapter(model, form)
    for name, value in model.named_parameters():
        if "pooler" in name or "classifier" in name:
            value.requires_grad = True
            trained[name] = value
    model.eval()
    batch = make_tokenizer(40)(sorted(text for text in TEXTS if text), padding=True, return_tensors="pt")
    descent = torch.optim.SGD(trained.values(), lr=RATE)
    losses = []
    for _ in range(STEPS):
        loss = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], labels=torch.tensor(LABELS)).loss
        losses.append(loss.item())
        descent.zero_grad()
        loss.backward()
        descent.step()
    after = {}
    for name, value in trained.items():
        probe = torch.from_numpy(weights("probe " + name, list(value.shape)))
        after[name] = [value.detach().norm().item(), (value.detach() * probe).sum().item()]
    return {"losses": losses, "trained": after, "saved": saved_files(model)}


def main():
    torch.set_num_threads(1)
    golden = {"made_by": "tests/golden/make_bottleneck_golden.py", "torch": torch.__version__, "transformers": transformers.__version__,
              "adapters": adapters.__version__, "rate": RATE, "methods": {form: train(form) for form in FORMS},
              "models": {name: run(name) for name in MODELS}}
    (HERE / "bottleneck.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
