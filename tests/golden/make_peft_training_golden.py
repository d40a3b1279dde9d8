#!/usr/bin/env python3
"""Writes peft_training.json beside this script: trainings of a few steps by PEFT in fp32 without dropout, on the small classifier
`bert` of make_training_golden.py and its one batch, by plain gradient descent.

A training has the losses of its steps, and of every trained tensor behind the last step its norm and its product with the numbers
that weights() gives for the tensor's name behind "probe "; and the files that PEFT saves: adapter_config.json, and the shapes of
the tensors of adapter_model.safetensors. Tensors start as weights() of their names. Needs as make_training_golden.py, and peft.
Run: python3 tests/golden/make_peft_training_golden.py
"""
import json
import pathlib
import tempfile

import peft
import torch
import transformers
from peft import AdaLoraConfig, PromptTuningConfig, TaskType, get_peft_model
from safetensors import safe_open
from transformers import AutoConfig, AutoModelForSequenceClassification

from small_models import CASES, TEXTS, fill, make_tokenizer, weights
from make_training_golden import LABELS

RATE = 0.05
HEAD = ["pooler.dense", "classifier"]
STEPS = 12
METHODS = {
    "adalora": AdaLoraConfig(task_type=TaskType.SEQ_CLS, init_r=4, target_r=2, lora_alpha=8, target_modules=["query", "value", "intermediate.dense"],
                             modules_to_save=HEAD, tinit=2, tfinal=3, deltaT=2, total_step=STEPS, beta1=0.85, beta2=0.8, orth_reg_weight=0.1),
    "prompt": PromptTuningConfig(task_type=TaskType.SEQ_CLS, num_virtual_tokens=5, modules_to_save=HEAD),
}


def own_name(name):
    """Of a parameter of a PEFT model, without what PEFT puts around it."""
    name = name.removeprefix("base_model.model.").removeprefix("base_model.").replace("modules_to_save.default.", "").replace(".default", "")
    return name.replace("prompt_encoder.embedding.weight", "virtual_tokens.embeddings")


def saved_files(model):
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        config = json.loads((pathlib.Path(folder) / "adapter_config.json").read_text())
        with safe_open(pathlib.Path(folder) / "adapter_model.safetensors", "pt") as file:
            return {"config": config, "tensors": {name: list(file.get_slice(name).get_shape()) for name in file.keys()}}


def run(method):
    kind, settings, _ = CASES["bert"]
    config = AutoConfig.for_model(kind, **{**settings, "num_labels": 3, "problem_type": "single_label_classification"})
    base = AutoModelForSequenceClassification.from_config(config, attn_implementation="eager")
    shapes = fill(base)
    model = get_peft_model(base, METHODS[method]).eval()
    for name, value in model.named_parameters():
        if any(part in name for part in HEAD) and "original_module" not in name:
            value.requires_grad = True
    trained = {own_name(name): value for name, value in model.named_parameters() if value.requires_grad}
    with torch.no_grad():
        for name, value in trained.items():
            value.copy_(torch.from_numpy(weights(name, list(value.shape)).copy()))
    texts = sorted(text for text in TEXTS if text)
    batch = make_tokenizer(40)(texts, padding=True, return_tensors="pt")
    descent = torch.optim.SGD(trained.values(), lr=RATE)
    losses = []
    for step in range(1, STEPS + 1):
        loss = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], labels=torch.tensor(LABELS)).loss
        losses.append(loss.item())
        loss.backward()
        descent.step()
        if method == "adalora":
            model.base_model.update_and_allocate(step)
        descent.zero_grad()
    after = {}
    for name, value in trained.items():
        probe = torch.from_numpy(weights("probe " + name, list(value.shape)))
        after[name] = [float(value.norm()), float((value * probe).sum())]
    return {"losses": losses, "trained": after, "saved": saved_files(model), "shapes": shapes, "config": json.loads(config.to_json_string())}


def main():
    torch.set_num_threads(1)
    runs = {method: run(method) for method in METHODS}
    first = next(iter(runs.values()))
    base = {"config": first["config"], "tensors": first["shapes"]}
    for one in runs.values():
        del one["config"], one["shapes"]
    golden = {"made_by": "tests/golden/make_peft_training_golden.py", "torch": torch.__version__, "transformers": transformers.__version__,
              "peft": peft.__version__, "labels": LABELS, "rate": RATE, "base": base, "methods": runs}
    path = pathlib.Path(__file__).with_name("peft_training.json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
