#!/usr/bin/env python3
"""Opens what `genre lm finetune` of a classifier with an adapter left, in the library that the adapter is written for, and compares
the probabilities that it gives with those of `genre lm classify --model RUN/model`.

LoRA, AdaLoRA, (IA)3 and prompts by PEFT on the base that the adapter names; bottlenecks by AdapterHub's adapters (with transformers
4.57) on RUN/model, which has the head. Run: python3 tests/golden/check_adapters.py GENRE RUN...
"""
import json
import pathlib
import subprocess
import sys

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

TEXTS = ["red night cream", "a robot movie", "the drama of love and war", "blue lipstick 7"]


def library_model(run, adapter):
    saved = json.loads((run / "model" / "config.json").read_text())
    if "peft_type" in adapter:
        from peft import PeftModel
        base = AutoModelForSequenceClassification.from_pretrained(adapter["base_model_name_or_path"], num_labels=len(saved["id2label"]),
                                                                  ignore_mismatched_sizes=True)
        return PeftModel.from_pretrained(base, str(run / "adapter"))
    import adapters
    model = AutoModelForSequenceClassification.from_pretrained(run / "model")
    adapters.init(model)
    model.set_active_adapters(model.load_adapter(str(run / "adapter"), use_safetensors=True))
    return model


def main():
    genre, worst = sys.argv[1], 0
    for run in map(pathlib.Path, sys.argv[2:]):
        adapter = json.loads((run / "adapter" / "adapter_config.json").read_text())
        model = library_model(run, adapter).eval()
        batch = AutoTokenizer.from_pretrained(run / "model")(TEXTS, padding=True, return_tensors="pt")
        batch.pop("token_type_ids", None)
        with torch.no_grad():
            theirs = torch.softmax(model(**batch).logits, 1)
        lines = subprocess.run([genre, "lm", "classify", "--model", run / "model"], input="\n".join(TEXTS) + "\n", capture_output=True, text=True, check=True).stdout
        labels = json.loads((run / "model" / "config.json").read_text())["id2label"]
        ours = torch.tensor([[json.loads(line)["probabilities"][labels[str(i)]] for i in range(len(labels))] for line in lines.splitlines()])
        difference = float((ours - theirs).abs().max())
        print(f"{run.name}: {adapter.get('peft_type', 'bottleneck')}, largest difference of a probability {difference:.1e}")
        worst = max(worst, difference)
    sys.exit(worst > 1e-4)


if __name__ == "__main__":
    main()
