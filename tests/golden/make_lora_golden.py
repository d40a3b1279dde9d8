#!/usr/bin/env python3
"""Writes lora.json beside this script: what PEFT computes with LoRA and AdaLoRA adapters, prompts and prefixes on small encoders and
decoders in fp32.

Each adapter is saved by PEFT, whose own adapter_config.json and tensor names are kept; all weights follow from their names by
weights() of small_models.py, so that no weights are stored. Needs: pip install torch transformers peft
sentence-transformers safetensors. Run: python3 tests/golden/make_lora_golden.py
"""
import json
import pathlib
import tempfile

import peft
import torch
import transformers
from small_models import CASES, fill, weights
from peft import AdaLoraConfig, LoraConfig, PrefixTuningConfig, PromptTuningConfig, get_peft_model
from safetensors import safe_open
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, AutoModelForSequenceClassification

HERE = pathlib.Path(__file__).parent
SHAPE = dict(vocab_size=96, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1,
             intermediate_size=64, max_position_embeddings=64, tie_word_embeddings=False)
GPT2 = dict(vocab_size=96, n_embd=32, n_layer=2, n_head=2, n_positions=64, bos_token_id=94, eos_token_id=95, tie_word_embeddings=False)
QV = dict(r=4, lora_alpha=8)
ALL = dict(r=2, lora_alpha=3, use_rslora=True)
PROMPT, PREFIX = dict(type=PromptTuningConfig, num_virtual_tokens=5), dict(type=PrefixTuningConfig, num_virtual_tokens=7)
SHARED = dict(type=AdaLoraConfig, init_r=3, target_r=2, total_step=1, lora_alpha=5)  # AdaLoRA
# name: (kind of model, model_type, settings, adapters by name)
MODELS = {
    "bert": ("encoder", "bert", CASES["bert"][1], {
        "query-value": dict(**QV, target_modules=["query", "value"]),
        "all": dict(**ALL, target_modules="all-linear"),
        "adalora": dict(**SHARED, target_modules=["key", "intermediate.dense"]),
        "prompt": PROMPT}),
    "bert-classifier": ("classifier", "bert", CASES["bert"][1], {"query-value": dict(**QV, target_modules=["query", "value"])}),
    "roberta": ("encoder", "roberta", CASES["roberta"][1], {
        "feed-forward": dict(**QV, target_modules=["intermediate.dense", "output.dense"]), "prompt": PROMPT}),
    "distilbert": ("encoder", "distilbert", CASES["distilbert"][1], {
        "some": dict(**QV, target_modules=["q_lin", "v_lin", "lin1"], rank_pattern={"v_lin": 2})}),
    "modernbert": ("encoder", "modernbert", CASES["modernbert"][1], {"all": dict(**ALL, target_modules=["Wqkv", "Wo", "Wi"])}),
    "llama": ("decoder", "llama", dict(**SHAPE, rms_norm_eps=1e-5), {
        "query-value": dict(**QV, target_modules=["q_proj", "v_proj"]),
        "all": dict(**ALL, target_modules="all-linear"),
        "head": dict(**QV, target_modules=["lm_head", "gate_proj"], layers_to_transform=[1], layers_pattern="layers"),
        "prompt": PROMPT, "prefix": PREFIX}),
    "qwen2": ("decoder", "qwen2", SHAPE, {"all": dict(**ALL, target_modules="all-linear")}),
    "gpt2": ("decoder", "gpt2", GPT2, {
        "all": dict(**ALL, target_modules=["c_attn", "c_proj", "c_fc"], fan_in_fan_out=True),
        "adalora": dict(**SHARED, target_modules=["c_attn", "c_fc"], fan_in_fan_out=True),
        "prompt": PROMPT, "prefix": PREFIX}),
}
CLASSES = {"encoder": AutoModel, "classifier": AutoModelForSequenceClassification, "decoder": AutoModelForCausalLM}


def rounded(rows):
    return [[round(v, 6) for v in row] for row in rows.tolist()]


def compute(kind, model, ids):
    with torch.no_grad():
        out = model(input_ids=torch.tensor([ids]), output_hidden_states=True)
    if kind == "decoder":
        return rounded(out.logits[0])
    return rounded(out.last_hidden_state[0] if kind == "encoder" else out.hidden_states[-1][0])


def adapted(kind, base, settings, ids):
    kind_of_adapter = settings.get("type", LoraConfig)
    settings = {key: value for key, value in settings.items() if key != "type"}
    if kind_of_adapter in (PromptTuningConfig, PrefixTuningConfig):
        settings["task_type"] = "CAUSAL_LM" if kind == "decoder" else "FEATURE_EXTRACTION"
    model = get_peft_model(base, kind_of_adapter(**settings)).eval()
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        model.save_pretrained(folder, save_embedding_layers=False)  # of a head they would be the base again
        config = json.loads((pathlib.Path(folder) / "adapter_config.json").read_text())
        with safe_open(pathlib.Path(folder) / "adapter_model.safetensors", "pt") as file:
            tensors = {name: list(file.get_slice(name).get_shape()) for name in file.keys()}
    for name, value in model.named_parameters():
        saved = "prompt_embeddings" if name.startswith("prompt_encoder.") else name.replace(".default", "")
        if saved in tensors:
            value.data = torch.from_numpy(weights(saved, tensors[saved]).copy())
    config["base_model_name_or_path"] = "a small model"
    states = compute(kind, model, ids)
    if hasattr(model.base_model, "unload"):
        model.unload()
    return {"config": config, "tensors": tensors, "output": states}


def run(name):
    kind, model_type, settings, adapters = MODELS[name]
    config = AutoConfig.for_model(model_type, **settings)
    config._attn_implementation = "eager"
    ids = [(i * 37 + i * i * 11 + 5) % min(config.vocab_size, 80) for i in range(12)]
    out = {}
    for adapter, lora in adapters.items():
        model = CLASSES[kind].from_config(config, dtype=torch.float32)
        shapes = fill(model)
        plain = compute(kind, model, ids)
        out[adapter] = adapted(kind, model, lora, ids)
    return {"kind": kind, "config": json.loads(config.to_json_string()), "tensors": shapes, "ids": ids, "output": plain, "adapters": out}


def main():
    torch.set_num_threads(1)
    golden = {"made_by": "tests/golden/make_lora_golden.py", "torch": torch.__version__, "transformers": transformers.__version__,
              "peft": peft.__version__, "models": {name: run(name) for name in MODELS}}
    (HERE / "lora.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
